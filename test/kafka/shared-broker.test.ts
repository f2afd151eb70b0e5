// What every file of the `kafka` project may count on.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { askBroker } from '../../src/embedded/kafka/metadata-request.js';
import { testBrokers } from '../support/kafka.js';

test('the broker of this run answers', async () => {
  const port = Number(testBrokers().split(':').at(-1));
  expect(await askBroker(port)).toMatchObject({ brokerCount: expect.any(Number) });
});

test("a broker or registry that the user's environment names is out of sight", () => {
  expect(process.env['KAFKA_BROKERS']).toBeUndefined();
  expect(process.env['SCHEMA_REGISTRY_URL']).toBeUndefined();
});

test.runIf(process.platform === 'linux')('the thread pool has a thread for every blocking call', () => {
  const threads = /^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  expect(Number(threads)).toBeGreaterThan(128);
});

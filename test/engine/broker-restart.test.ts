// A broker that is stopped and comes back on its data: whoever runs goes on by himself.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokerProperties } from '../support/kafka.js';

let broker: EmbeddedKafka;
beforeAll(async () => {
  broker = await startEmbeddedKafka({ name: 'kafka-to-restart', properties: testBrokerProperties });
});
afterAll(() => broker.stop());

test('E20: the offsets of a partition can be asked for again after its broker was restarted', async () => {
  const kafka = await confluentKafka({ brokers: broker.brokers, transactionTimeoutMs: 10_000 });
  await kafka.createTopic({ name: 'orders', partitions: 1, replicationFactor: 1 });
  const orders = { topic: 'orders', partition: 0 };
  await eventually('it has offsets', async () => (await kafka.offsetRanges([orders]).catch(() => [])).length === 1);
  await broker.restart();
  await eventually('it has them again', async () => (await kafka.offsetRanges([orders]).catch(() => [])).length === 1);
  expect(await kafka.offsetRanges([orders])).toEqual([{ low: 0, stable: 0 }]);
  await kafka.close();
}, 60_000);

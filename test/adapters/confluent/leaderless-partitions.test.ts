// What can be asked while one of three brokers is away, and the others may not even know it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../src/embedded/kafka/cluster.js';
import type { OffsetRange } from '../../../src/ports/kafka.js';
import { range } from '../../support/engine-story.js';
import { eventually } from '../../support/engine-wait.js';
import { testBrokerProperties } from '../../support/kafka.js';

let cluster: EmbeddedCluster;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ properties: testBrokerProperties });
}, 120_000);
afterAll(() => cluster.stop(), 60_000);

test('whoever starts while one of three brokers is dead finds the others, and what they know', async () => {
  const options = { brokers: cluster.brokers, transactionTimeoutMs: 10_000 };
  const before = await confluentKafka(options);
  await before.createTopic({ name: 'counted', partitions: 3, replicationFactor: 3 });
  const [, victim] = cluster.nodes;
  await victim?.end('SIGKILL');
  // Each takes one broker or another for the controller, also the dead one until the others have noticed.
  const starts = range(0, 12).map(async () => {
    const kafka = await confluentKafka(options);
    const counts = [await kafka.partitionCounts(['counted']), await kafka.partitionCounts(['counted'])];
    await kafka.close();
    return counts;
  });
  const counts = new Map([['counted', 3]]);
  expect(await Promise.all([...starts, before.partitionCounts(['counted']).then((one) => [one, one])])).toEqual(
    range(0, 13).map(() => [counts, counts]),
  );
  await before.close();
  await victim?.start();
}, 120_000);

test('E20: who has first met a partition while it had no leader reads its offsets as soon as it has one', async () => {
  const options = { brokers: cluster.brokers, transactionTimeoutMs: 10_000 };
  const early = await confluentKafka(options);
  // One replica each, on one broker or another.
  await early.createTopic({ name: 'orders', partitions: 6, replicationFactor: 1 });
  const orders = range(0, 6).map((partition) => ({ topic: 'orders', partition }));
  await eventually('all have leaders', async () => (await early.offsetRanges(orders)).length === 6);
  await early.close();
  const [victim] = cluster.nodes;
  await victim?.end('SIGKILL');
  await eventually('the others know', async () => (await cluster.liveCount()) === 2, 30_000);

  const late = await confluentKafka(options);
  const answers: OffsetRange[] = [];
  const ask = async (): Promise<number> => {
    const asked = await Promise.allSettled(
      orders.map(async (one) => answers.push(...(await late.offsetRanges([one])))),
    );
    return asked.filter(({ status }) => status === 'fulfilled').length;
  };
  expect(await ask()).toBeLessThan(6);
  await victim?.start();
  await eventually('all are there again', async () => (await ask()) === 6, 30_000);

  // What is not known is an error, never an offset (E2).
  expect(answers.filter(({ low, stable }) => low !== 0 || stable !== 0)).toEqual([]);
  await late.close();
}, 120_000);

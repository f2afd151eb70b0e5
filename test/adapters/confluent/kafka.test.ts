// What the cluster is asked outside of any partition.

import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { freePort } from '../../../src/embedded/kafka/free-port.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

async function cluster() {
  const kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 10_000 });
  onTestFinished(() => kafka.close());
  return kafka;
}

test('brokers that verify transactions are known for it as soon as they are reached, also by a busy thread', async () => {
  for (let round = 0; round < 5; round++) {
    const reaching = cluster();
    // Whatever the client has to say waits now, and comes in its own order.
    const until = performance.now() + 200;
    while (performance.now() < until);
    expect((await reaching).verifiesTransactions()).toBe(true);
  }
});

test('brokers that do not answer are named within the time that was given', async () => {
  const brokers = `127.0.0.1:${await freePort()}`;
  const startedMs = performance.now();
  await expect(confluentKafka({ brokers, transactionTimeoutMs: 1000, connectTimeoutMs: 1000 })).rejects.toMatchObject({
    code: 'PRC_BROKER_UNREACHABLE',
    details: { brokers },
  });
  expect(performance.now() - startedMs).toBeLessThan(3000);
});

test('brokers whose name cannot be resolved are refused with that reason', async () => {
  // Longer than a part of a name may be: nobody is asked for it.
  const brokers = `${'x'.repeat(64)}.invalid:9092`;
  await expect(confluentKafka({ brokers, transactionTimeoutMs: 1000, connectTimeoutMs: 1000 })).rejects.toMatchObject({
    code: 'PRC_BROKER_UNREACHABLE',
    details: { reason: expect.stringContaining('Failed to resolve') },
  });
});

test('a topic that does not exist is missing from the counts, and none is made', async () => {
  const kafka = await cluster();
  const raw = new RawKafka(testBrokers());
  const [three, missing] = [await raw.topic('three', 3), uniqueName('missing')];
  expect([...(await kafka.partitionCounts([three, missing]))]).toEqual([[three, 3]]);
  expect((await kafka.listTopics()).map(({ name }) => name)).not.toContain(missing);
});

test('the range of a partition ends at its last stable offset, and starts behind what was deleted', async () => {
  const kafka = await cluster();
  const raw = new RawKafka(testBrokers());
  const topic = await raw.topic('ranged', 2);
  await raw.produce(topic, ['0', '1', '2']);
  await raw.deleteRecordsBefore(topic, 1);
  const open = await raw.owner(uniqueName('open'));
  await open.begin();
  await open.send(topic, ['pending']);
  const partitions = [1, 0].map((partition) => ({ topic, partition }));
  expect(await kafka.offsetRanges(partitions)).toEqual([
    { low: 0, stable: 0 },
    { low: 1, stable: 3 },
  ]);
  await open.abort();
  await expect(kafka.offsetRanges([{ topic, partition: 7 }])).rejects.toThrow();
});

test('a topic is not created any more by a client that is closed, and one that is being created is waited for', async () => {
  const kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 10_000 });
  const topic = (name: string) => ({ name: uniqueName(name), partitions: 1, replicationFactor: 1 });
  const creating = kafka.createTopic(topic('before'));
  await setImmediate();
  await kafka.close();
  await expect(kafka.createTopic(topic('after'))).rejects.toMatchObject({ code: '_DESTROY' });
  expect(await creating).toBe(true);
});

// What the crash demo knows of transactions, it reads from the broker's log: here from one with a known past.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LogProbe, openLogProbe } from '../../../demo/log-probe.js';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { call } from '../../../src/adapters/confluent/kafka-error.js';
import { type RawProducer, rawModule } from '../../../src/adapters/confluent/raw-client.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';

const topic = uniqueName('probed');
let probe: LogProbe;
const producers: RawProducer[] = [];

beforeAll(async () => {
  const kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 10_000 });
  await kafka.createTopic({ name: topic, partitions: 2, replicationFactor: 1 });
  await kafka.close();
  probe = await openLogProbe(testBrokers());
});
afterAll(async () => {
  probe.close();
  for (const producer of producers) await new Promise((resolve) => producer.disconnect(0, resolve));
});

test('transactions are told apart by how they ended, and an open one holds the stable end back', async () => {
  const producer = await transactional();
  await transaction(producer, 3, 'commit');
  await transaction(producer, 2, 'abort');
  expect(await probe.ends(topic, [0])).toEqual([{ partition: 0, stable: 7, high: 7 }]);

  const other = await transactional();
  await transaction(other, 4, 'leave open');
  await transaction(producer, 1, 'commit');
  expect(await probe.ends(topic, [0])).toEqual([{ partition: 0, stable: 7, high: 13 }]);
  expect(await probe.transactions(topic, 0)).toMatchObject([
    { first: 0, records: 3, ended: 'committed' },
    { first: 4, records: 2, ended: 'aborted' },
    { first: 11, records: 1, ended: 'committed' },
    { first: 7, records: 4, ended: undefined },
  ]);
  expect(await probe.transactions(topic, 1)).toEqual([]);
});

test('a log of many batches is read to its end', async () => {
  const producer = await transactional();
  for (let i = 0; i < 20; i++) await transaction(producer, 100, i % 2 === 0 ? 'commit' : 'abort', 1);
  const transactions = await probe.transactions(topic, 1);
  expect(transactions.map(({ ended }) => ended)).toEqual(
    Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'committed' : 'aborted')),
  );
  expect(transactions.map(({ first }) => first)).toEqual(Array.from({ length: 20 }, (_, i) => 101 * i));
});

test('a producer and its successor are told apart by their epoch', async () => {
  const before = await probe.ends(topic, [1]);
  const id = uniqueName('probed');
  for (let i = 0; i < 2; i++) await transaction(await transactional(id), 1, 'commit', 1);
  const epochs: number[] = [];
  for await (const { first, epoch, kind } of probe.batches(topic, 1))
    if (first >= (before[0]?.high ?? 0) && kind === 'transactional') epochs.push(epoch);
  expect(epochs).toEqual([0, 1]);
});

async function transactional(id = uniqueName('probed')): Promise<RawProducer> {
  const producer = new (rawModule().Producer)({
    'bootstrap.servers': testBrokers(),
    'transactional.id': id,
  });
  producers.push(producer);
  await call<unknown>('connect', (callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
  await call<unknown>('init', (callback) => producer.initTransactions(10_000, callback));
  return producer;
}

async function transaction(
  producer: RawProducer,
  records: number,
  end: 'commit' | 'abort' | 'leave open',
  partition = 0,
): Promise<void> {
  await call<unknown>('begin', (callback) => producer.beginTransaction(callback));
  for (let i = 0; i < records; i++)
    producer.produce(topic, partition, Buffer.alloc(2000, i), null, Date.now(), undefined, undefined);
  await call<unknown>('flush', (callback) => producer.flush(10_000, callback));
  if (end === 'commit') await call<unknown>('commit', (callback) => producer.commitTransaction(10_000, callback));
  if (end === 'abort') await call<unknown>('abort', (callback) => producer.abortTransaction(10_000, callback));
  // The marker follows a little after the call.
  if (end !== 'leave open')
    await expect.poll(async () => isSettled(await probe.transactions(topic, partition))).toBe(true);
}

/** But for the one that a test has left open. */
function isSettled(transactions: readonly { readonly ended: string | undefined; readonly records: number }[]): boolean {
  return transactions.every(({ ended, records }) => ended !== undefined || records === 4);
}

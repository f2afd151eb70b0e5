// What brokers say to requests that no client of the model makes, or makes only where something went wrong before.

import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { Cluster } from '../../src/memory/cluster.js';
import { Kernel } from '../../src/memory/kernel.js';
import type { ProducerEpoch, ReadRecords, SentRecord } from '../../src/memory/partition-log.js';
import type { Refusal } from '../../src/memory/refusal.js';

const partition = { topic: 't', partition: 0 };
const fromHere = { offset: 0, recordsMax: 10, isCommitted: true };
let kernel: Kernel;
let cluster: Cluster;
let producer: ProducerEpoch;
beforeEach(() => {
  kernel = new Kernel({ seed: 1, turn: () => setImmediate(), epochMs: 0 });
  cluster = new Cluster(kernel, { markerMs: () => 10, nodes: 2, loadMs: () => 100 });
  cluster.createTopic('t', 2);
  producer = cluster.transactions.init('id', 60_000);
});

function records(count = 1): SentRecord[] {
  const bytes = new Uint8Array(1);
  return Array.from({ length: count }, () => ({ timestamp: 0, key: bytes, value: bytes, headers: bytes }));
}

function produce(sequence: number): number {
  return cluster.produce(partition, records(), { ...producer, sequence, isTransactional: true });
}

/** What a fetch was answered with, as far as it was. */
function fetched(waitMs: number): { read?: ReadRecords; refused?: string } {
  const answer: { read?: ReadRecords; refused?: string } = {};
  cluster.fetch(partition, fromHere, waitMs, {
    resolve: (read) => void (answer.read = read),
    reject: ({ code }: Refusal) => void (answer.refused = code),
  });
  return answer;
}

async function pass(ms: number): Promise<void> {
  const untilMs = kernel.nowMs + ms;
  kernel.schedule(ms, () => {});
  while (kernel.nowMs < untilMs) await kernel.step();
}

test('records of a transaction are taken where the partition belongs to it, and nowhere else', () => {
  expect(() => produce(0)).toThrow('INVALID_TXN_STATE');
  cluster.transactions.addPartitions('id', producer, [{ ...partition, partition: 1 }]);
  expect(() => produce(0)).toThrow('INVALID_TXN_STATE');
  cluster.transactions.addPartitions('id', producer, [partition]);
  expect(produce(0)).toBe(0);
});

test('a leader asks the coordinator once for each transaction: what comes late before the marker is taken into it', async () => {
  cluster.transactions.addPartitions('id', producer, [partition]);
  produce(0);
  cluster.transactions.end('id', producer, 'commit');
  expect(produce(1)).toBe(1);
  await pass(20);
  expect(() => produce(2)).toThrow('INVALID_TXN_STATE');
  expect(cluster.log(partition).read(fromHere)).toMatchObject({ records: [{}, {}], next: 3 });
});

test('a leader that cannot ask the coordinator says what makes a client ask again', async () => {
  cluster.transactions.addPartitions('id', producer, [partition]);
  const at = cluster.nodeOf({ kind: 'transactions', transactionalId: 'id' }).id;
  cluster.moveCoordinator({ kind: 'transactions', transactionalId: 'id' }, 3 - at);
  expect(() => produce(0)).toThrow('NOT_ENOUGH_REPLICAS');
  await pass(100);
  expect(produce(0)).toBe(0);
});

test('a fetch at the end is answered when something comes, and with nothing when its time is over', async () => {
  const [soon, late] = [fetched(50), fetched(500)];
  await pass(60);
  expect(soon.read).toEqual({ records: [], next: 0, passed: 0 });
  expect(late.read).toBeUndefined();
  cluster.produce(partition, records());
  expect(late.read?.next).toBe(1);
});

test('a fetch that waits is refused where the leader moves, the topic goes, or its offset does', () => {
  let waiting = fetched(500);
  const led = cluster.nodeOf({ kind: 'leader', partition }).id;
  cluster.moveLeader(partition, 3 - led);
  expect(waiting.refused).toBe('NOT_LEADER_OR_FOLLOWER');
  cluster.transactions.addPartitions('id', producer, [partition]);
  waiting = fetched(500);
  produce(0);
  waiting = fetched(500);
  cluster.deleteRecords(partition, 1);
  expect(waiting.refused).toBe('OFFSET_OUT_OF_RANGE');
  cluster.remakeTopic('t');
  waiting = fetched(500);
  cluster.deleteTopic('t');
  expect(waiting.refused).toBe('UNKNOWN_TOPIC_OR_PART');
});

test('a marker on its way to a topic that is gone is nobody’s loss, and its transaction ends', async () => {
  cluster.transactions.addPartitions('id', producer, [partition]);
  produce(0);
  cluster.transactions.end('id', producer, 'commit');
  cluster.deleteTopic('t');
  await pass(20);
  expect(cluster.transactions.open).toEqual([]);
});

test('a topic that is made anew has another id, as many partitions, and nothing in them', () => {
  cluster.produce(partition, records(3));
  const before = cluster.describeTopics(['t']).get('t');
  cluster.remakeTopic('t');
  const after = cluster.describeTopics(['t']).get('t');
  expect(after?.id).not.toBe(before?.id);
  expect(after?.partitions).toBe(2);
  expect(cluster.offsetRange(partition)).toEqual({ low: 0, stable: 0 });
});

test('a topic never has fewer partitions', () => {
  cluster.growTopic('t', 4);
  expect(cluster.partitionsOf('t')).toBe(4);
  expect(() => cluster.growTopic('t', 3)).toThrow('4 partitions already');
});

test('what is idle for long is forgotten everywhere: ids by the coordinator, producers by partitions', () => {
  cluster.produce(partition, records(), { id: 1, epoch: 3, sequence: 0, isTransactional: false });
  cluster.expireIds();
  expect(cluster.produce(partition, records(), { id: 1, epoch: 0, sequence: 7, isTransactional: false })).toBe(1);
  expect(() => cluster.transactions.addPartitions('id', producer, [partition])).toThrow('INVALID_PRODUCER_ID_MAPPING');
});

// What the coordinator of transactions says to whom, where no client of the model comes to: late requests, ids that expire, epochs
// that are used up.

import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { Kernel } from '../../src/memory/kernel.js';
import { TransactionCoordinator } from '../../src/memory/transaction-coordinator.js';

const partition = { topic: 't', partition: 0 };
let kernel: Kernel;
let markers: string[];
let reachable: boolean;
let coordinator: TransactionCoordinator;
beforeEach(() => {
  kernel = new Kernel({ seed: 1, turn: () => setImmediate(), epochMs: 0 });
  markers = [];
  reachable = true;
  coordinator = new TransactionCoordinator({
    kernel,
    markerMs: () => 10,
    expirationMs: 1000,
    timeoutLookMs: 500,
    readyAtMs: () => 0,
    writeMarker: ({ topic }, { epoch }, outcome) => {
      if (reachable) markers.push(`${topic} ${epoch} ${outcome}`);
      return reachable;
    },
    endOffsets: () => true,
  });
});

async function pass(ms: number): Promise<void> {
  const untilMs = kernel.nowMs + ms;
  kernel.schedule(ms, () => {});
  while (kernel.nowMs < untilMs) await kernel.step();
}

test('an id that is not used for long is forgotten: its producer is unknown, and the next one has another id', async () => {
  const before = coordinator.init('id', 500);
  await pass(999);
  coordinator.addPartitions('id', before, [partition]);
  coordinator.end('id', before, 'commit');
  await pass(1100);
  expect(() => coordinator.addPartitions('id', before, [partition])).toThrow('INVALID_PRODUCER_ID_MAPPING');
  expect(() => coordinator.end('id', before, 'commit')).toThrow('INVALID_PRODUCER_ID_MAPPING');
  expect(() => coordinator.verify(before, partition)).toThrow('INVALID_PRODUCER_ID_MAPPING');
  const after = coordinator.init('id', 500);
  expect(after.id).not.toBe(before.id);
  expect(after.epoch).toBe(0);
});

test('an id with an open transaction is not forgotten', () => {
  const producer = coordinator.init('id', 500);
  coordinator.addPartitions('id', producer, [partition]);
  coordinator.forgetIdle();
  coordinator.end('id', producer, 'commit');
  expect(coordinator.open).toEqual(['id']);
});

test('a transaction whose time is over is aborted under the next epoch, and its owner is fenced', async () => {
  const producer = coordinator.init('id', 500);
  coordinator.addPartitions('id', producer, [partition]);
  await pass(520);
  expect(markers).toEqual([`t ${producer.epoch + 1} abort`]);
  expect(() => coordinator.end('id', producer, 'commit')).toThrow('INVALID_PRODUCER_EPOCH');
});

test('until the markers are written everybody waits; then the same end comes again without harm, the other one does not', async () => {
  const producer = coordinator.init('id', 500);
  coordinator.addPartitions('id', producer, [partition]);
  coordinator.end('id', producer, 'commit');
  expect(() => coordinator.end('id', producer, 'commit')).toThrow('CONCURRENT_TRANSACTIONS');
  expect(() => coordinator.end('id', producer, 'abort')).toThrow('INVALID_TXN_STATE');
  expect(() => coordinator.addPartitions('id', producer, [partition])).toThrow('CONCURRENT_TRANSACTIONS');
  expect(() => coordinator.init('id', 500)).toThrow('CONCURRENT_TRANSACTIONS');
  await pass(20);
  coordinator.end('id', producer, 'commit');
  expect(() => coordinator.end('id', producer, 'abort')).toThrow('INVALID_TXN_STATE');
  expect(markers).toEqual(['t 0 commit']);
});

test('a marker for a partition that nobody leads is written when somebody does', async () => {
  const producer = coordinator.init('id', 500);
  coordinator.addPartitions('id', producer, [partition]);
  reachable = false;
  coordinator.end('id', producer, 'commit');
  await pass(300);
  expect(coordinator.open).toEqual(['id']);
  reachable = true;
  await pass(60);
  expect(coordinator.open).toEqual([]);
  expect(markers).toEqual(['t 0 commit']);
});

test('where the epochs are used up the id gets another producer', () => {
  let producer = coordinator.init('id', 500);
  const { id } = producer;
  while (producer.id === id) producer = coordinator.init('id', 500);
  expect(producer.epoch).toBe(0);
});

test('whoever asks for the next epoch of its own gets it, and the same one again where the answer was lost', async () => {
  const first = coordinator.init('id', 500);
  const second = coordinator.init('id', 500, first);
  expect(second).toEqual({ id: first.id, epoch: first.epoch + 1 });
  expect(coordinator.init('id', 500, first)).toEqual(second);
  // Somebody else has come: it is fenced for good.
  coordinator.init('id', 500);
  for (const old of [first, second]) expect(() => coordinator.init('id', 500, old)).toThrow('PRODUCER_FENCED');
  expect(() => coordinator.init('id', 500, { id: 77, epoch: 0 })).toThrow('PRODUCER_FENCED');
});

test('transactions whose time is over are looked for every half second: until then one goes on', async () => {
  await pass(300);
  const producer = coordinator.init('id', 500);
  coordinator.addPartitions('id', producer, [partition]);
  await pass(690);
  coordinator.verify(producer, partition);
  await pass(30);
  expect(() => coordinator.verify(producer, partition)).toThrow('INVALID_PRODUCER_EPOCH');
});

test('while it is being ended nothing can be said of a transaction', async () => {
  const producer = coordinator.init('id', 500);
  coordinator.addPartitions('id', producer, [partition]);
  coordinator.end('id', producer, 'commit');
  expect(() => coordinator.verify(producer, partition)).toThrow('CONCURRENT_TRANSACTIONS');
  await pass(20);
  expect(() => coordinator.verify(producer, partition)).toThrow('INVALID_TXN_STATE');
});

// When a process does its share, as whoever waits to stop its predecessor needs to know it.

import { expect, test } from 'vitest';
import { Readiness } from '../../src/cli/readiness.js';
import type { Fact } from '../../src/engine/facts.js';

const partition = (number: number) => ({ topic: 'orders', partition: number });
const started = (processor = 'p'): Fact => ({
  fact: 'processor-started',
  processor,
  topics: ['orders'],
  guarantee: 'exactly-once',
});
const rebalanced = (kind: 'assigned' | 'revoked' | 'lost', ...numbers: number[]): Fact => ({
  fact: 'rebalanced',
  processor: 'p',
  kind,
  partitions: numbers.map(partition),
});
const opened = (number: number): Fact => ({
  fact: 'task-opened',
  processor: 'p',
  ...partition(number),
  ownershipEpoch: 1,
  position: 0,
  ms: 1,
});

/** Whether `p` is ready at `nowMs`, after facts that all happened at 0. */
function isReady(facts: readonly Fact[], nowMs = 0): boolean {
  const readiness = new Readiness(['p']);
  for (const fact of facts) readiness.hear(fact, 0);
  return readiness.whyNot(nowMs) === undefined;
}

test('it is not ready before its group has given it partitions and it has opened all of them', () => {
  const member = [started(), rebalanced('assigned', 0, 1)];
  expect(isReady([])).toBe(false);
  expect(isReady([started()])).toBe(false);
  expect(isReady([...member, opened(0)])).toBe(false);
  expect(isReady([...member, opened(0), opened(1)])).toBe(true);
});

test('what it was told without partitions is the first of two rounds, and does not count yet', () => {
  expect(isReady([started(), rebalanced('assigned')], 5000)).toBe(false);
  expect(isReady([started(), rebalanced('assigned'), rebalanced('assigned', 1), opened(1)])).toBe(true);
});

test('it says how far it is', () => {
  const readiness = new Readiness(['p']);
  for (const fact of [started(), rebalanced('assigned', 0, 1), opened(0)]) readiness.hear(fact, 0);
  expect(readiness.whyNot(0)).toBe('p has opened 1 of 2 partitions');
});

test('a partition that came back is waited for, also where its old task closes behind that', () => {
  const closed: Fact = { fact: 'task-closed', processor: 'p', ...partition(0), ownershipEpoch: 1 };
  const back = [
    started(),
    rebalanced('assigned', 0),
    opened(0),
    rebalanced('lost', 0),
    rebalanced('assigned', 0),
    closed,
  ];
  expect(isReady(back, 10_000)).toBe(false);
  expect(isReady([...back, { ...opened(0), ownershipEpoch: 2 } as Fact])).toBe(true);
});

test('partitions that were given and taken again before they were open are waited for no more', () => {
  const member = [started(), rebalanced('assigned', 0, 1), opened(0)];
  expect(isReady([...member, rebalanced('revoked', 1)])).toBe(true);
  expect(isReady([...member, rebalanced('lost', 0, 1)])).toBe(false);
});

test('one for whom there is no partition is ready when it has heard nothing for longer than a rebalance lasts', () => {
  expect(isReady([started()], 9999)).toBe(false);
  expect(isReady([started()], 10_000)).toBe(true);
  expect(isReady([started(), rebalanced('assigned')], 10_000)).toBe(true);
});

test('all processors of a process have to be ready', () => {
  const readiness = new Readiness(['p', 'q']);
  for (const fact of [started(), rebalanced('assigned', 0), opened(0)]) readiness.hear(fact, 0);
  expect(readiness.whyNot(0)).toBe('q has not started');
  readiness.hear(started('q'), 0);
  expect(readiness.whyNot(9999)).toBe('q waits for its group');
  expect(readiness.whyNot(10_000)).toBeUndefined();
});

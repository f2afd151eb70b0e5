// When compaction takes markers away: not while anything of their transaction is there, and not at once.

import { expect, test } from 'vitest';
import { cleaned } from '../../src/memory/log-cleaner.js';
import type { Batch } from '../../src/memory/partition-log.js';

/** `key` by producer 1 in a transaction, `commit` or `abort` for its marker; each is a batch. */
function batches(...what: readonly string[]): Batch[] {
  return what.map((one, offset) => {
    const marker = one === 'commit' || one === 'abort' ? one : undefined;
    const [key, value] = [new TextEncoder().encode(one), new Uint8Array(1)];
    return {
      first: offset,
      last: offset,
      producerId: 1,
      isTransactional: true,
      marker,
      timestampMs: 0,
      records: marker ? [] : [{ offset, timestamp: 0, key, value, headers: new Uint8Array(0) }],
      goesAtMs: undefined,
    };
  });
}

/** What is left, by offset, after each of so many compactions. */
function after(times: number, all: readonly Batch[], nowMs: (time: number) => number = () => 0): number[][] {
  let left = all;
  return Array.from({ length: times }, (_, time) => {
    left = cleaned(left, {
      before: Number.POSITIVE_INFINITY,
      isAborted: ({ records }) => records.some(({ key }) => new TextDecoder().decode(key ?? undefined) === 'lost'),
      nowMs: nowMs(time),
      deleteRetentionMs: 100,
    });
    return left.map(({ first }) => first);
  });
}

test('a marker stays as long as a record of its transaction', () => {
  const days = (time: number): number => time * 86_400_000;
  expect(after(4, batches('a', 'commit', 'b', 'commit', 'z'), days).at(-1)).toEqual([0, 1, 2, 3, 4]);
});

test('a marker goes two compactions behind the last record of its transaction, when its time is over', () => {
  const all = (): Batch[] => batches('a', 'commit', 'a', 'commit', 'z');
  // The first one meets the record and takes it; the second one meets the marker alone; a later one takes that.
  expect(after(4, all(), (time) => time * 60)).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [2, 3, 4],
  ]);
});

test('the marker of an aborted transaction stays for the compaction that takes its records', () => {
  expect(after(3, batches('lost', 'abort', 'z'), (time) => time * 100)).toEqual([[1, 2], [1, 2], [2]]);
});

test('the last batch is left alone, marker or not', () => {
  expect(after(4, batches('lost', 'abort'), (time) => time * 1000).at(-1)).toEqual([1]);
});

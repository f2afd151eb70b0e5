// What a task has taken and not settled: where it begins and ends, and what is left after a part is settled (E12, E19).

import { describe, expect, test } from 'vitest';
import { endOf, RecordQueue, TaskBatch } from '../../src/engine/task-batch.js';
import { columnBytes, type RecordBatch, recordColumns } from '../../src/ports/record-batch.js';

/** Records of one partition at these offsets, ten bytes each. */
function delivered(offsets: readonly number[], endPosition: number): RecordBatch {
  const columns = recordColumns(offsets.length);
  columns.offset.set(offsets);
  return {
    topic: 'orders',
    partition: 0,
    length: offsets.length,
    endPosition,
    bytes: new Uint8Array(10 * offsets.length),
    columns,
  };
}

function batchOf(...batches: readonly RecordBatch[]): TaskBatch {
  const batch = new TaskBatch(0);
  for (const one of batches) batch.add({ batch: one, from: 0, to: one.length });
  return batch;
}

describe('E12: the end of a batch', () => {
  test('lies behind the markers that its poll went past', () => {
    expect(batchOf(delivered([10, 11, 12], 15)).end).toBe(15);
  });

  test('is the last offset + 1 where a poll is split', () => {
    expect(endOf({ batch: delivered([10, 12, 20], 25), from: 0, to: 2 })).toBe(13);
  });
});

describe('E19: after a part is settled', () => {
  test('the rest begins at the first record that is not, across gaps and slices', () => {
    const batch = batchOf(delivered([10, 12, 14], 15), delivered([20, 21], 22));
    batch.dropBefore(13);
    expect([batch.first, batch.end, batch.records]).toEqual([14, 22, 3]);
    batch.dropBefore(15);
    expect([batch.first, batch.end, batch.records]).toEqual([20, 22, 2]);
  });

  test('the offset after each record is the next record, or none', () => {
    const batch = batchOf(delivered([10, 12], 13), delivered([20], 22));
    expect(batch.offsetAfter(0, 0)).toBe(12);
    expect(batch.offsetAfter(0, 1)).toBe(20);
    expect(batch.offsetAfter(1, 0)).toBeUndefined();
  });
});

describe('E22: the queue', () => {
  test('counts what waits in it, whole or in part, down to nothing', () => {
    const queue = new RecordQueue();
    queue.push(delivered([0, 1, 2, 3], 4));
    queue.push(delivered([4, 5], 6));
    expect(queue.bytes).toBe(6 * (10 + columnBytes));
    const first = queue.take(3);
    expect(first && endOf(first)).toBe(3);
    expect(queue.bytes).toBe(3 * (10 + columnBytes));
    expect(queue.take(100)?.from).toBe(3);
    expect(queue.take(100)?.batch.length).toBe(2);
    expect([queue.isEmpty, queue.bytes, queue.take(1)]).toEqual([true, 0, undefined]);
  });
});

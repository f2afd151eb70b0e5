// No record is handed out twice, whatever the client hands to the adapter.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandedOut } from '../../../src/adapters/confluent/handed-out.js';
import type { TopicPartition } from '../../../src/core/ids.js';
import { recordColumns } from '../../../src/ports/record-batch.js';

const partition = { topic: 'orders', partition: 3 };

/** The offsets that come out of a poll that brought these. */
function poll(handedOut: HandedOut, of: TopicPartition, offsets: readonly number[]): number[] {
  const columns = recordColumns(offsets.length);
  columns.offset.set(offsets);
  const batch = {
    ...of,
    length: offsets.length,
    endPosition: Math.max(...offsets) + 1,
    columns,
    bytes: new Uint8Array(0),
  };
  return [...(handedOut.take(batch)?.columns.offset ?? [])];
}

test('E12: records that come again while the group is shared anew are left out, and those behind them are not', () => {
  const handedOut = new HandedOut();
  handedOut.beginAt({ ...partition, offset: 20_495 });
  expect(poll(handedOut, partition, [20_495, 20_496, 20_497])).toHaveLength(3);
  expect(poll(handedOut, partition, [20_497, 20_498])).toEqual([20_498]);
  expect(poll(handedOut, partition, [20_496, 20_497])).toEqual([]);
  expect(poll(handedOut, partition, [20_499])).toHaveLength(1);
  // Within one poll, too.
  expect(poll(handedOut, partition, [20_500, 20_501, 20_500, 20_502])).toEqual([20_500, 20_501, 20_502]);
});

test('E3: after a rewind they come again, because that is what was asked for', () => {
  const handedOut = new HandedOut();
  handedOut.beginAt({ ...partition, offset: 0 });
  poll(handedOut, partition, [0, 1, 2]);
  handedOut.beginAt({ ...partition, offset: 1 });
  expect(poll(handedOut, partition, [1, 2])).toHaveLength(2);
});

test('partitions do not touch each other, and gaps are no repetition', () => {
  const handedOut = new HandedOut();
  const other = { ...partition, partition: 4 };
  poll(handedOut, partition, [5, 9]);
  expect(poll(handedOut, other, [0, 7])).toHaveLength(2);
  expect(poll(handedOut, partition, [12])).toHaveLength(1);
});

test('however often the client goes back, what comes out is each offset once, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ back: fc.nat(5), length: fc.integer({ min: 1, max: 6 }) })), (polls) => {
      const handedOut = new HandedOut();
      handedOut.beginAt({ ...partition, offset: 0 });
      const out: number[] = [];
      let next = 0;
      for (const { back, length } of polls) {
        const first = Math.max(0, next - back);
        const offsets = Array.from({ length }, (_, i) => first + i);
        next = Math.max(next, first + length);
        out.push(...poll(handedOut, partition, offsets));
      }
      expect(out).toEqual(Array.from({ length: next }, (_, i) => i));
    }),
  );
});

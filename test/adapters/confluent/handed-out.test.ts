// No record is handed out twice, whatever the client hands to the adapter.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandedOut } from '../../../src/adapters/confluent/handed-out.js';

const partition = { topic: 'orders', partition: 3 };
const at = (offsets: readonly number[]): { readonly offset: number }[] => offsets.map((offset) => ({ offset }));

test('E12: records that come again while the group is shared anew are left out, and those behind them are not', () => {
  const handedOut = new HandedOut();
  handedOut.beginAt({ ...partition, offset: 20_495 });
  expect(handedOut.take(partition, at([20_495, 20_496, 20_497]))).toHaveLength(3);
  expect(handedOut.take(partition, at([20_497, 20_498]))).toEqual(at([20_498]));
  expect(handedOut.take(partition, at([20_496, 20_497]))).toEqual([]);
  expect(handedOut.take(partition, at([20_499]))).toHaveLength(1);
  // Within one poll, too.
  expect(handedOut.take(partition, at([20_500, 20_501, 20_500, 20_502]))).toEqual(at([20_500, 20_501, 20_502]));
});

test('E3: after a rewind they come again, because that is what was asked for', () => {
  const handedOut = new HandedOut();
  handedOut.beginAt({ ...partition, offset: 0 });
  handedOut.take(partition, at([0, 1, 2]));
  handedOut.beginAt({ ...partition, offset: 1 });
  expect(handedOut.take(partition, at([1, 2]))).toHaveLength(2);
});

test('partitions do not touch each other, and gaps are no repetition', () => {
  const handedOut = new HandedOut();
  const other = { ...partition, partition: 4 };
  handedOut.take(partition, at([5, 9]));
  expect(handedOut.take(other, at([0, 7]))).toHaveLength(2);
  expect(handedOut.take(partition, at([12]))).toHaveLength(1);
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
        out.push(...handedOut.take(partition, at(offsets)).map(({ offset }) => offset));
      }
      expect(out).toEqual(Array.from({ length: next }, (_, i) => i));
    }),
  );
});

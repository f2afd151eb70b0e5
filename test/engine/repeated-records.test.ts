// E3: a consumer that hands a record out twice breaks its contract, which the real one does not let us see: the adapter's is
// played here. What is made of whole batches that come again is in test/memory/comes-again.test.ts.

import { expect, test } from 'vitest';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits } from '../../src/core/defaults.js';
import { Reader } from '../../src/engine/reader.js';
import type { Consumer } from '../../src/ports/kafka.js';
import { type RecordBatch, recordColumns } from '../../src/ports/record-batch.js';
import { idleTask, unheard } from '../support/idle-task.js';

const partition = { topic: 'in', partition: 0 };

test.for([
  ['a record right behind itself', [5, 5], 'in/0 was read up to 6, and 5 came again'],
  ['a run of records', [5, 6, 5, 6], 'in/0 was read up to 7, and 5 came again'],
  ['a record amid later ones', [5, 7, 6, 8], 'in/0 was read up to 8, and 6 came again'],
] as const)('E3: %s in one batch ends the processor before any of it is handled', async ([, offsets, said]) => {
  const { running, delivered } = reading([[3, 4], offsets]);
  await expect(running).rejects.toThrow(`E3: ${said}`);
  expect(delivered).toEqual([[3, 4]]);
});

test('E3: what was compacted away or is a marker leaves a gap, which is no repetition', async () => {
  const { running, delivered } = reading([[3, 5], [9], [10, 40]]);
  await running;
  expect(delivered).toEqual([[3, 5], [9], [10, 40]]);
});

/** Reads from offset 3 what the polls bring, until there is no more. */
function reading(polls: readonly (readonly number[])[]) {
  const left = [...polls];
  const delivered: number[][] = [];
  const task = idleTask(partition);
  task.deliver = ({ columns }) => delivered.push([...columns.offset]);
  const consumer: Pick<Consumer, 'assign' | 'poll' | 'position'> = {
    assign() {},
    position: () => undefined,
    async poll() {
      const offsets = left.shift();
      if (offsets === undefined) reader.stop();
      return offsets ? [batchOf(offsets)] : [];
    },
  };
  const reader: Reader = new Reader({
    // The rest of it is not called: nobody comes to the group or leaves it, and nothing is full.
    consumer: consumer as Consumer,
    clock: systemClock,
    limits,
    assigned() {},
    revoked: () => Promise.resolve(),
    ...unheard,
  });
  reader.readFrom(task, 3);
  return { running: reader.run(), delivered };
}

function batchOf(offsets: readonly number[]): RecordBatch {
  const columns = recordColumns(offsets.length);
  columns.offset.set(offsets);
  return {
    ...partition,
    length: offsets.length,
    endPosition: (offsets.at(-1) as number) + 1,
    bytes: new Uint8Array(0),
    columns,
  };
}

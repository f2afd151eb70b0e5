// Draws sequences.

import fc from 'fast-check';
import { type Drawn, likely } from './likely.js';
import { type Operation, sizes } from './operation.js';

/** Any length up to this, each as probable as the others; made smaller by leaving operations out. */
export function sequences(lengthMax: number): fc.Arbitrary<readonly Operation[]> {
  const drawn = fc.array(drawnOperation, { maxLength: drawnPerKept * lengthMax, size: 'max' });
  return fc.noBias(drawn).map((all) => likely(all, lengthMax));
}

const producer = fc.nat({ max: sizes.producers - 1 });

const producerOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('open' as const), producer, id: fc.nat({ max: sizes.ids - 1 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('init' as const), producer }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('begin' as const), producer }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      producer,
      partition: fc.nat({ max: sizes.partitions - 1 }),
      records: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('commit' as const), producer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), producer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), producer }) },
);

const drawnOperation: fc.Arbitrary<Drawn> = fc.record({
  operation: producerOperation,
  isInsistent: fc.nat({ max: 19 }).map((n) => n === 19),
});

/** About one in ten of what is drawn makes sense where it stands. */
const drawnPerKept = 12;

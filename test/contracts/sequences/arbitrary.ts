// Draws sequences.

import fc from 'fast-check';
import { type Drawn, likely } from './likely.js';
import { type Operation, sizes } from './operation.js';

/** Any length up to this, each as probable as the others; made smaller by leaving operations out. */
export function sequences(lengthMax: number): fc.Arbitrary<readonly Operation[]> {
  const drawn = fc.array(drawnOperation, { maxLength: drawnPerKept * lengthMax, size: 'max' });
  return fc.noBias(drawn).map((all) => likely(all, lengthMax));
}

const below = (count: number): fc.Arbitrary<number> => fc.nat({ max: count - 1 });
const producer = below(sizes.producers);
const partition = below(sizes.partitions);
const group = below(sizes.groups);
const member = below(sizes.members);
const records = fc.integer({ min: 1, max: 3 });
const offset = fc.nat({ max: 9 });
const rarely = fc.nat({ max: 7 }).map((n) => n === 7);

/** How often each is drawn beside the others; what makes no sense where it stands is left out afterwards. */
const operation: fc.Arbitrary<Operation> = fc.oneof(
  weighted(2, { do: fc.constant('open'), producer, id: below(sizes.ids), isHurried: rarely }),
  weighted(4, { do: fc.constant('init'), producer }),
  weighted(6, { do: fc.constant('begin'), producer }),
  weighted(8, { do: fc.constant('send'), producer, partition, records }),
  weighted(6, { do: fc.constant('send-offset'), producer, group, member, partition, offset }),
  weighted(2, { do: fc.constant('outwait'), producer }),
  weighted(4, { do: fc.constant('commit'), producer }),
  weighted(2, { do: fc.constant('abort'), producer }),
  weighted(1, { do: fc.constant('close'), producer }),
  weighted(1, { do: fc.constant('join'), group, member }),
  weighted(0.5, { do: fc.constant('leave'), group, member }),
  weighted(2, { do: fc.constant('take'), group }),
  weighted(1, { do: fc.constant('rewind'), group, partition, offset }),
  weighted(0.5, { do: fc.constant('pause'), group, partition }),
  weighted(0.5, { do: fc.constant('resume'), group, partition }),
  weighted(1, { do: fc.constant('position'), group, partition }),
  weighted(2, { do: fc.constant('committed'), group, member, partition }),
  weighted(1, { do: fc.constant('commit-offset'), group, member, partition, offset }),
  weighted(0.5, { do: fc.constant('deliver'), partition, records }),
);

const drawnOperation: fc.Arbitrary<Drawn> = fc.record({
  operation,
  isInsistent: fc.nat({ max: 19 }).map((n) => n === 19),
});

/** Enough for most sequences to have their whole length. */
const drawnPerKept = 10;

function weighted<One extends Operation>(
  weight: number,
  fields: { readonly [Name in keyof One]: fc.Arbitrary<One[Name]> },
): { readonly weight: number; readonly arbitrary: fc.Arbitrary<Operation> } {
  return { weight: 2 * weight, arbitrary: fc.record(fields) as unknown as fc.Arbitrary<Operation> };
}

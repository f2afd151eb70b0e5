// No input record has an output twice, unless at-least-once was asked for.

import { groupId, partitionKey } from '../../../core/ids.js';
import type { History } from '../history.js';
import type { Step } from '../work.js';
import type { Checker } from './checker.js';
import { outcomes } from './outcome.js';

export const duplicated: Checker = {
  name: 'duplicated',
  *check(history) {
    for (const { step, outcome } of outcomes(history, ['exactly-once', 'at-most-once'])) {
      if (step.work.guarantee === 'at-most-once' && wentBack(step, history)) continue;
      for (const [what, count] of outcome.there)
        if (count > 1)
          yield `${step.name}: ${partitionKey(outcome.place)}@${outcome.place.offset} has ${count} times ${what}`;
    }
  },
};

/** At-most-once claims by plain commits; one that had no answer and comes late moves the group back, as the guarantee says. */
function wentBack({ name }: Step, { offsets }: History): boolean {
  const group = groupId('', name) as string;
  const last = new Map<string, number>();
  return offsets.some((moved) => {
    if (moved.groupId !== group) return false;
    const key = partitionKey(moved);
    const before = last.get(key) ?? 0;
    last.set(key, moved.offset);
    return moved.offset < before;
  });
}

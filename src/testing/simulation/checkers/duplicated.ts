// No input record has an output twice, unless at-least-once was asked for, or a late commit has moved at-most-once back in its
// partition.

import { partitionKey } from '../../../core/ids.js';
import type { Checker } from './checker.js';
import { outcomes } from './outcome.js';
import { wentBack } from './went-back.js';

export const duplicated: Checker = {
  name: 'duplicated',
  *check(history) {
    const back = new Map(history.steps.map((step) => [step, wentBack(step, history)]));
    for (const { step, outcome } of outcomes(history, ['exactly-once', 'at-most-once'])) {
      for (const [what, count] of outcome.there) {
        if (count === 1) continue;
        const partition = partitionKey(outcome.place);
        if (!back.get(step)?.has(partition))
          yield `${step.name}: ${partition}@${outcome.place.offset} has ${count} times ${what}`;
      }
    }
  },
};

// No input record has an output twice, unless at-least-once was asked for.

import { partitionKey } from '../../../core/ids.js';
import type { Checker } from './checker.js';
import { outcomes } from './outcome.js';
import { hasGoneBack } from './went-back.js';

export const duplicated: Checker = {
  name: 'duplicated',
  *check(history) {
    for (const { step, outcome } of outcomes(history, ['exactly-once', 'at-most-once'])) {
      if (hasGoneBack(step, history)) continue;
      for (const [what, count] of outcome.there)
        if (count > 1)
          yield `${step.name}: ${partitionKey(outcome.place)}@${outcome.place.offset} has ${count} times ${what}`;
    }
  },
};

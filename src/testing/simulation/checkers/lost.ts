// Every committed input record has its outputs at the end.

import { partitionKey } from '../../../core/ids.js';
import type { Checker } from './checker.js';
import { outcomes } from './outcome.js';

export const lost: Checker = {
  name: 'lost',
  *check(history) {
    for (const { step, outcome } of outcomes(history, ['exactly-once', 'at-least-once']))
      if (outcome.missing.length > 0 && outcome.there.size === 0)
        yield `${step.name}: of ${partitionKey(outcome.place)}@${outcome.place.offset} there is nothing in ${outcome.missing.join(', ')}`;
  },
};

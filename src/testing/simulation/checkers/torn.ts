// A transaction is all there or not at all: no record has some of its outputs without the others.

import { partitionKey } from '../../../core/ids.js';
import type { Checker } from './checker.js';
import { outcomes } from './outcome.js';

export const torn: Checker = {
  name: 'torn',
  *check(history) {
    for (const { step, outcome } of outcomes(history, ['exactly-once', 'at-least-once']))
      if (outcome.missing.length > 0 && outcome.there.size > 0)
        yield `${step.name}: of ${partitionKey(outcome.place)}@${outcome.place.offset} there is ${[...outcome.there.keys()].join(', ')}, but not ${outcome.missing.join(', ')}`;
  },
};

// No reader of committed records sees an output before its input's offset is decided: the two are one transaction (E6).

import { partitionKey } from '../../../core/ids.js';
import type { Checker } from './checker.js';

export const visibleEarly: Checker = {
  name: 'visible before commit',
  *check({ seen }) {
    for (const one of seen)
      if (one.isEarly) yield `${partitionKey(one)}@${one.offset}, made of ${one.value}, at ${one.atMs.toFixed(1)} ms`;
  },
};

// Outputs of one input partition come in its order in each partition that they go to, and with them those of each key.

import { partitionKey } from '../../../core/ids.js';
import { originOf } from '../work.js';
import type { Checker } from './checker.js';
import { valueOf } from './outcome.js';
import { hasGoneBack } from './went-back.js';

export const reordered: Checker = {
  name: 'reordered',
  *check(history) {
    for (const step of history.steps) {
      // At-least-once repeats what it has written, from an earlier record on.
      if (step.work.guarantee === 'at-least-once' || hasGoneBack(step, history)) continue;
      for (const output of ['next', 'audit', 'letters'] as const) {
        const last = new Map<string, number>();
        for (const one of history.records(step.outputs[output])) {
          const value = valueOf(output, one);
          const from = originOf(step.input, value);
          const way = `${partitionKey(one)} ${from.partition}`;
          const before = last.get(way) ?? -1;
          last.set(way, from.offset);
          if (from.offset < before)
            yield `${step.name}: ${partitionKey(one)} has ${value} behind ${from.partition}/${before}`;
        }
      }
    }
  },
};

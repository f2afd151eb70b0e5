// Outputs of one input partition come in its order in each partition that they go to, and with them those of each key.

import { partitionKey } from '../../../core/ids.js';
import type { History } from '../history.js';
import { originOf, outputNames, type Step, valueOf } from '../work.js';
import type { Checker } from './checker.js';

export const reordered: Checker = {
  name: 'reordered',
  *check(history) {
    for (const step of history.steps) {
      if (!keepsOrder(step, history)) continue;
      for (const output of outputNames) {
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

/**
 * At-least-once repeats what it has written, from an earlier record on; and what at-most-once was sending when its owner was cut off
 * nobody fences: it may come behind what the next owner sends.
 */
function keepsOrder({ work }: Step, { decisions }: History): boolean {
  return work.guarantee === 'exactly-once' || (work.guarantee === 'at-most-once' && decisions.length === 0);
}

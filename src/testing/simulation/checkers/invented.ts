// Every output is what the rule of its step says of a committed input record: the outputs are a function of the inputs, whatever
// went wrong in between. What was read of an aborted transaction, or emitted by an attempt that failed, shows here.

import { outputNames, outputsOf, valueOf } from '../work.js';
import type { Checker } from './checker.js';

export const invented: Checker = {
  name: 'invented',
  *check(history) {
    for (const step of history.steps) {
      const expected = { next: new Set<string>(), audit: new Set<string>(), letters: new Set<string>() };
      for (const place of history.records(step.input)) {
        const outputs = outputsOf(step, place);
        for (const output of outputNames) for (const value of outputs[output]) expected[output].add(value);
      }
      for (const output of outputNames)
        for (const one of history.records(step.outputs[output])) {
          const value = valueOf(output, one);
          // Outside transactions the other outputs of a record that is refused are there (E21).
          if (step.work.guarantee !== 'exactly-once' && step.work.kind === 'refused' && value.endsWith('!')) continue;
          if (!expected[output].has(value)) yield `${step.name}: ${output} has ${value}, which no record gives`;
        }
    }
  },
};

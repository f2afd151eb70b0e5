// What became of each input record of a step, as a reader of its outputs finds it: what several checkers look at.

import type { Guarantee } from '../../../core/topology.js';
import type { History } from '../history.js';
import { outputNames, outputsOf, type Place, type Step, valueOf } from '../work.js';

export interface Outcome {
  readonly place: Place;
  /** Of what the record has to give: what is there, and how often, and what is not. */
  readonly there: ReadonlyMap<string, number>;
  readonly missing: readonly string[];
}

/** For each committed input record of the steps with one of these guarantees. */
export function* outcomes(
  history: History,
  guarantees: readonly Guarantee[],
): Generator<{ step: Step; outcome: Outcome }> {
  for (const step of history.steps) {
    if (!guarantees.includes(step.work.guarantee)) continue;
    const counts = new Map<string, number>();
    for (const output of outputNames)
      for (const one of history.records(step.outputs[output])) {
        const key = `${output} ${valueOf(output, one)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    for (const place of history.records(step.input)) yield { step, outcome: outcomeOf(step, place, counts) };
  }
}

function outcomeOf(step: Step, place: Place, counts: ReadonlyMap<string, number>): Outcome {
  const expected = outputsOf(step, place);
  const there = new Map<string, number>();
  const missing: string[] = [];
  for (const output of outputNames)
    for (const value of expected[output]) {
      const key = `${output} ${value}`;
      const count = counts.get(key);
      if (count === undefined) missing.push(key);
      else there.set(key, count);
    }
  return { place, there, missing };
}

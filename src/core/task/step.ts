// One move of a task: looks the cell up, takes it and checks what came out, in production too. Pure.

import type { TaskEvent } from './event.js';
import { checkStep } from './invariants.js';
import type { TaskState } from './state.js';
import { type Step, table } from './table.js';

/** Throws `IllegalMove` or `InvariantBroken`, which are defects of the engine: its shell ends the process (E18). */
export function step(state: TaskState, event: TaskEvent): Step {
  // The table's type ties each cell to its state and event; a look-up by two values cannot carry that tie.
  const cell = table[state.kind][event.kind] as (state: TaskState, event: TaskEvent) => Step;
  const taken = cell(state, event);
  checkStep(state, event, taken);
  return taken;
}

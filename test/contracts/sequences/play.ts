// Plays a sequence on a world and notes what is to be seen.

import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { isAlike, type Observation, type Step } from './observation.js';
import type { Operation } from './operation.js';
import { failure } from './outcome.js';
import { type Pace, realPace, virtualPace } from './pace.js';
import { Stage } from './stage.js';

/** In virtual time. */
export function playOnModel(world: ContractWorld, operations: readonly Operation[]): Promise<Observation> {
  return play(world, virtualPace(world.clock), operations, undefined);
}

/** In real time, up to the first step that differs from what is expected. */
export function playAgain(world: ContractWorld, expected: Observation): Promise<Observation> {
  const operations = expected.steps.map(({ operation }) => operation);
  return play(world, realPace(world.clock), operations, expected);
}

async function play(
  world: ContractWorld,
  pace: Pace,
  operations: readonly Operation[],
  expected: Observation | undefined,
): Promise<Observation> {
  const stage = await Stage.set(world, pace);
  const steps: Step[] = [];
  try {
    for (const [i, operation] of operations.entries()) {
      const before = expected?.steps[i];
      const step = await stage.perform(operation, before);
      if (stage.isLate) return { steps, isLate: true };
      steps.push(step);
      if (before && !isAlike(before, step)) return { steps };
    }
    return { steps, end: await stage.end().catch((error: unknown) => [failure(error)]) };
  } finally {
    await stage.close();
  }
}

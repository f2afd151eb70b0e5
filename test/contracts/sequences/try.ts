// One sequence by its seed, on the model and on Kafka.

import fc from 'fast-check';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { modelWorld } from '../model-world.js';
import { sequences } from './arbitrary.js';
import { type Difference, differenceOf, type Observation } from './observation.js';
import type { Operation } from './operation.js';
import { playAgain, playOnModel } from './play.js';

export function sequenceOf(seed: number, lengthMax: number): readonly Operation[] {
  const [operations = []] = fc.sample(sequences(lengthMax), { seed, numRuns: 1 });
  return operations;
}

export interface Trial {
  readonly model: Observation;
  readonly difference: Difference | undefined;
  /** How many operations were compared. */
  readonly compared: number;
  /** Compared only up to where the machine was too slow. */
  readonly isLate: boolean;
}

export async function tryOn(kafka: ContractWorld, operations: readonly Operation[]): Promise<Trial> {
  const model = await onModel(operations);
  const found = await playAgain(kafka, model);
  const { steps, isLate = false } = found;
  return { model, difference: differenceOf(model, found), compared: steps.length, isLate };
}

export async function onModel(operations: readonly Operation[]): Promise<Observation> {
  const world = modelWorld();
  try {
    return await playOnModel(world, operations);
  } finally {
    world.close();
  }
}

/** The smallest sequence that fast-check finds from there which differs as well; the first one, if it finds no smaller one. */
export async function shrink(
  kafka: ContractWorld,
  seed: number,
  lengthMax: number,
  withinMs: number,
): Promise<Trial & { readonly path: string | null }> {
  let smallest: Trial | undefined;
  const property = fc.asyncProperty(sequences(lengthMax), async (operations) => {
    const trial = await tryOn(kafka, operations);
    if (trial.difference) smallest = trial;
    return trial.difference === undefined;
  });
  const { counterexamplePath } = await fc.check(property, { seed, numRuns: 1, interruptAfterTimeLimit: withinMs });
  if (smallest === undefined) throw new Error(`seed ${seed} differs only sometimes`);
  return { ...smallest, path: counterexamplePath };
}

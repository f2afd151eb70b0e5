// Plays a sequence on a world and notes what is to be seen. After each operation that changes logs it waits until what was started
// is over, so that nothing hangs on how long a marker or a record is on its way: the model has virtual time, of which some passes;
// of a real broker it is known from the model what must come, and waited until it has.

import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { isAlike, type Observation, type Step } from './observation.js';
import type { Operation } from './operation.js';
import { Stage } from './stage.js';

/** In virtual time. */
export async function playOnModel(world: ContractWorld, operations: readonly Operation[]): Promise<Observation> {
  return play(world, operations, async (stage) => {
    await waitFor(world, quietMs);
    return stage.logs();
  });
}

/** In real time. Ends with the first step that differs from what is expected. */
export async function playAgain(world: ContractWorld, expected: Observation): Promise<Observation> {
  const operations = expected.steps.map(({ operation }) => operation);
  const settled = async (stage: Stage, i: number): Promise<string> => {
    const deadlineMs = world.clock.monotonicMs() + settleMsMax;
    for (;;) {
      const logs = await stage.logs();
      if (logs === expected.steps[i]?.logs || world.clock.monotonicMs() >= deadlineMs) return logs;
      await waitFor(world, againMs);
    }
  };
  return play(world, operations, settled, expected);
}

type Settled = (stage: Stage, step: number) => Promise<string>;

async function play(
  world: ContractWorld,
  operations: readonly Operation[],
  settled: Settled,
  expected?: Observation,
): Promise<Observation> {
  const stage = await Stage.set(world);
  const steps: Step[] = [];
  try {
    for (const [i, operation] of operations.entries()) {
      const outcome = await stage.perform(operation);
      const step = { operation, outcome, logs: writing.has(operation.do) ? await settled(stage, i) : '' };
      steps.push(step);
      const before = expected?.steps[i];
      if (before && !isAlike(before, step)) return { steps };
    }
    return { steps, end: await stage.end().catch((error: unknown) => [String(error)]) };
  } finally {
    await stage.close();
  }
}

function waitFor(world: ContractWorld, ms: number): Promise<void> {
  return new Promise((resolve) => void world.clock.timer(ms, resolve));
}

/** What can change a log; a `close` as well, if it were to end a transaction. */
const writing: ReadonlySet<Operation['do']> = new Set(['init', 'send', 'commit', 'abort', 'close']);
/** Longer than whatever is on its way in the model. */
const quietMs = 100;
const settleMsMax = 5000;
const againMs = 3;

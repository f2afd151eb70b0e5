// What time, chance, environment and timers are for the handlers of one run: the same as in any other until it is disrupted, and as
// different as they can be behind that. A record that is handled again is handled at another time, by another process perhaps.

import { seededRandom } from '../../memory/seeded-random.js';
import type { Circumstances } from './asking.js';
import type { RunOptions, RunSetup } from './run.js';

export interface Going {
  /** The model's, in milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Whether its disruption lies behind it. */
  readonly isLater: () => boolean;
}

export function circumstancesOf(
  { environment, variables }: Pick<RunSetup, 'environment' | 'variables'>,
  { disruption, number, still }: RunOptions,
  { wallMs, isLater }: Going,
): Circumstances {
  const random = seededRandom(number * 31 + 17);
  const later = disruption === undefined ? 0 : (waitsMs[number % waitsMs.length] as number);
  const startedMs = realMs();
  const laterMs = (): number => (isLater() ? later : 0);
  return {
    still,
    // What really passes while a handler computes passes for it, too: loops that wait for a time come to their end.
    nowMs: () => wallMs() + (realMs() - startedMs) + laterMs(),
    laterMs,
    random,
    variable: (name, instance, value) => {
      if (still.has('environment')) return variables[name];
      return instance === 'b' && Object.hasOwn(environment, name) ? environment[name] : value;
    },
    variableNames: [...Object.keys(environment), ...Object.keys(variables)],
    pace: () => (disruption === undefined ? 1 : random.pick(paces)),
  };
}

/** Of this machine, not of the handlers that are watched. */
export function realMs(): number {
  return Number(realNs()) / 1e6;
}

const realNs = process.hrtime.bigint.bind(process.hrtime);

/** How much later a record is handled again: at once, an hour later, after a weekend, in another month, in another year. */
const waitsMs: readonly number[] = [61_001, 3_723_003, 183_907_007, 2_689_511_013, 34_567_890_017];
/** Timers are as quick or as slow as they like. */
const paces: readonly number[] = [0.4, 1, 1.9];

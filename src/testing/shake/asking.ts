// What gives another answer each time that it is asked: the clock, chance, the environment, the order in which timers fall due. Who asks
// for it is kept with the line, and it can be held still, to see whether a difference comes from it.

import type { SeededRandom } from '../../memory/seeded-random.js';
import { hereIs } from './places.js';

export type Source = 'clock' | 'chance' | 'environment' | 'timers';
export const sources: readonly Source[] = ['clock', 'chance', 'environment', 'timers'];

export interface Use {
  readonly source: Source;
  /** As it is written: `Date.now()`. */
  readonly what: string;
  readonly here: Error;
}

/** What can be held still, to see whether a difference comes from it: that, and how records are batched. */
export type Held = Source | 'batching';

/** What handlers of one run get. */
export interface Circumstances {
  /** What gives the same for the same record. */
  readonly still: ReadonlySet<Held>;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** How much later it is than it would be, since the disruption. */
  readonly laterMs: () => number;
  readonly random: SeededRandom;
  /** A variable of the environment, as the process has it that asks. */
  readonly variable: (name: string, instance: string, value: string | undefined) => string | undefined;
  /** Of all that one process or another has, beside those that are there. */
  readonly variableNames: readonly string[];
  /** Of what a timer is told, how much it waits. */
  readonly pace: () => number;
}

/** The call that asks. */
export interface Asking {
  readonly circumstances: Circumstances;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly instance: string;
  readonly uses: Use[];
}

/** Notes that a call has asked. */
export function note(call: Asking, source: Source, what: string): void {
  if (call.uses.length < usesMax) call.uses.push({ source, what, here: hereIs() });
}

/** A call that asks more often asks from the same lines. */
const usesMax = 200;

// How long a sequence waits until what an operation has started is over, so that nothing that is seen hangs on how long a marker or
// a record is on its way. In the model virtual time passes until nothing changes any more. Of a real broker it is known from the
// model what must come, and it is looked at until it has: what never comes is a difference.

import type { Clock } from '../../../src/ports/clock.js';

export interface Pace {
  /** What `look` sees when things have settled. */
  settled(look: () => Promise<string>, expected: string | undefined): Promise<string>;
  /** Passes the time of a hurried transaction; what that does to the logs is `settled`'s to wait for. */
  outwait(): Promise<void>;
  /** How long hurried transactions may take. */
  readonly hurriedMs: number;
  /** Whose transaction has taken longer than this was too slow to be compared: the broker may have ended it or not. */
  readonly lateMs: number;
}

export function virtualPace(clock: Clock): Pace {
  return {
    hurriedMs: 60_000,
    lateMs: Number.POSITIVE_INFINITY,
    outwait: () => wait(clock, 61_000),
    async settled(look) {
      let seen = await look();
      for (let times = 0; times < quietLooks; times++) {
        await wait(clock, quietMs / quietLooks);
        const now = await look();
        if (now !== seen) times = 0;
        seen = now;
      }
      return seen;
    },
  };
}

export function realPace(clock: Clock): Pace {
  return {
    hurriedMs: 6000,
    lateMs: 4500,
    outwait: () => Promise.resolve(),
    async settled(look, expected) {
      const deadlineMs = clock.monotonicMs() + settleMsMax;
      for (;;) {
        const seen = await look();
        if (seen === expected || clock.monotonicMs() >= deadlineMs) return seen;
        await wait(clock, againMs);
      }
    },
  };
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.timer(ms, resolve));
}

/** Longer than whatever is on its way in the model. */
const quietMs = 120;
const quietLooks = 3;
/** Longer than a hurried transaction takes with all that brokers need to notice it. */
const settleMsMax = 12_000;
const againMs = 3;

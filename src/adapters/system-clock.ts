// The machine's clock behind the port: the only place where the time of day and timers of the process are read.

import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../ports/clock.js';

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  timer(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  turn: () => setImmediate(),
};

/** Timers that keep the process awake until they are over: for whoever waits for something outside of it. */
export const wakefulClock: Pick<Clock, 'timer'> = {
  timer(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

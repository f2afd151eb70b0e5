// A time limit for work that cannot be called back: whoever waits goes on, and the work is left alone.

import type { Clock } from './clock.js';

/** What the work gives; or, if that takes longer than `ms`, what `late` gives or throws. */
export async function within<T>(clock: Pick<Clock, 'timer'>, ms: number, work: Promise<T>, late: () => T): Promise<T> {
  let cancel = (): void => {};
  const isLate = new Promise<true>((resolve) => {
    cancel = clock.timer(ms, () => resolve(true));
  });
  try {
    const first = await Promise.race([work.then((result) => ({ result })), isLate]);
    return first === true ? late() : first.result;
  } finally {
    cancel();
  }
}

/** Whether the work is done within `ms`. Rejects where the work does in time. */
export function isDoneWithin(clock: Pick<Clock, 'timer'>, ms: number, work: Promise<unknown>): Promise<boolean> {
  return within(
    clock,
    ms,
    work.then(() => true),
    () => false,
  );
}

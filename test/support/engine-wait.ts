// Waiting for conditions. What a wait is for stands in its error, with whatever is known then.

import { setTimeout as sleep } from 'node:timers/promises';

const defaultTimeoutMs = 15_000;

/** Looks every few milliseconds. What the condition throws ends the wait. */
export async function until(
  what: string | (() => string),
  condition: () => boolean,
  timeoutMs: number = defaultTimeoutMs,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw tooLate(what, timeoutMs);
    await sleep(5);
  }
}

/** Asks again until the answer is true. What it throws counts as a no, and is the cause of the failure. */
export async function eventually(
  what: string | (() => string),
  condition: () => Promise<boolean>,
  timeoutMs: number = defaultTimeoutMs,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw tooLate(what, timeoutMs, cause);
    await sleep(10);
  }
}

/** Holds that something does not happen, for as long as it would have had to happen. The only wait for time. */
export async function never(what: string, condition: () => boolean, forMs = 300): Promise<void> {
  const deadline = performance.now() + forMs;
  while (performance.now() < deadline) {
    if (condition()) throw new Error(`it did happen: ${what}`);
    await sleep(5);
  }
}

function tooLate(what: string | (() => string), timeoutMs: number, cause?: unknown): Error {
  return new Error(`within ${timeoutMs} ms not: ${typeof what === 'string' ? what : what()}`, { cause });
}

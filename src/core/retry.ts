// How long to wait before the next attempt. Pure: the attempt's number comes in, no chance, no clock.

/** Doubles with each attempt (1, 2, 3, …) from `baseMs`, at most `maxMs`. */
export function backoffMs(attempt: number, baseMs: number, maxMs: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
}

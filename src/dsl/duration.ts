// Durations as authors write them.

import { ProcessorError } from '../errors/processor-error.js';

/** A number of milliseconds, or a text such as `'200ms'`, `'5s'`, `'1m'`, `'2h'`, `'1d'`. */
export type Duration = number | `${number}${Unit}`;

type Unit = keyof typeof unitMs;

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** In whole milliseconds; zero is allowed. Throws PRC_DURATION_INVALID. */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : textMs(duration);
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new ProcessorError('PRC_DURATION_INVALID', { duration: String(duration) });
}

function textMs(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined) return Number.NaN;
  const ms = Number(amount) * unitMs[unit as Unit];
  // 1.001 s is 1000.9999999999999 ms in binary; half a millisecond is not one at all.
  return Math.abs(ms - Math.round(ms)) < 1e-6 ? Math.round(ms) : Number.NaN;
}

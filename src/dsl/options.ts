// What the options of topics and processors take: one of a few words, durations, counts, names. Unknown ones are refused
// by errors/options.

import { isName } from '../core/ids.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { invalidOption, shown } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type Duration, durationMs } from './duration.js';

/** Node's timers hold no more: a longer wait would end at once. */
const waitMsMax = 2 ** 31 - 1;

export function oneOf<T extends string>(owner: string, option: string, given: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  const suggestion = typeof given === 'string' ? didYouMean(given, known) : '';
  throw invalidOption(owner, option, given, `${suggestion}It is one of ${known.map((one) => `'${one}'`).join(', ')}.`);
}

/** A duration that something waits for. */
export function waitMs(owner: string, option: string, given: unknown, minMs: number): number {
  if (typeof given !== 'number' && typeof given !== 'string') throw durationInvalid(given);
  const ms = durationMs(given as Duration);
  if (ms >= minMs && ms <= waitMsMax) return ms;
  throw invalidOption(owner, option, given, `It is from ${minMs} to ${waitMsMax} milliseconds.`);
}

export function wholeNumber(owner: string, option: string, given: unknown): number {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 1) return given;
  throw invalidOption(owner, option, given, 'It is a whole number of at least 1.');
}

/** `what` is the thing that has the name: topic, processor. */
export function requireName(what: string, name: unknown): string {
  if (typeof name === 'string' && isName(name)) return name;
  throw new ProcessorError('PRC_NAME_INVALID', { what, name: typeof name === 'string' ? name : shown(name) });
}

function durationInvalid(given: unknown): ProcessorError {
  return new ProcessorError('PRC_DURATION_INVALID', { duration: shown(given) });
}

// Refuses what an author cannot have meant: unknown options, values that an option does not take, names that Kafka does
// not. The compiler finds most of it first; these are for plain JavaScript, spreads and casts.

import { inspect } from 'node:util';
import { isName } from '../core/ids.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type Duration, durationMs } from './duration.js';

/** Node's timers hold no more: a longer wait would end at once. */
const waitMsMax = 2 ** 31 - 1;

/** `owner` says whose options they are: `processor 'enrich-orders'`. */
export function requireObject(owner: string, options: unknown): asserts options is Readonly<Record<string, unknown>> {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ProcessorError('PRC_OPTIONS_MISSING', { owner, given: shown(options) });
}

export function refuseUnknownOptions(owner: string, options: object, known: readonly string[]): void {
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    throw new ProcessorError('PRC_OPTION_UNKNOWN', {
      owner,
      option,
      suggestion: didYouMean(option, known),
      known: known.join(', '),
    });
  }
}

/** Ends with a space if it says anything, so that a sentence can follow. */
export function didYouMean(given: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(1, given.length / 3)
    ? `Did you mean '${nearest.name}'? `
    : '';
}

export function invalidOption(owner: string, option: string, given: unknown, expected: string): ProcessorError {
  return new ProcessorError('PRC_OPTION_INVALID', { owner, option, given: shown(given), expected });
}

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

export function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80 });
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

function durationInvalid(given: unknown): ProcessorError {
  return new ProcessorError('PRC_DURATION_INVALID', { duration: shown(given) });
}

/** Letters to insert, remove or replace; two neighbours that changed places count once. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        at(i - 1, j) + 1,
        (row[j - 1] as number) + 1,
        replaced,
        swapped ? at(i - 2, j - 2) + 1 : replaced,
      );
    }
    rows[i] = row;
  }
  return at(from.length, to.length);
}

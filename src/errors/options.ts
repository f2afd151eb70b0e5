// Refuses options that nobody can have meant. The compiler finds most of them first; this is for plain JavaScript, spreads
// and casts. `owner` says whose options they are: `processor 'enrich-orders'`, `start()`.

import { inspect } from 'node:util';
import { didYouMean } from './did-you-mean.js';
import { ProcessorError } from './processor-error.js';

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

/** Both, for options that the compiler knows. */
export function requireOptions(owner: string, options: object, known: readonly string[]): void {
  requireObject(owner, options);
  refuseUnknownOptions(owner, options, known);
}

export function invalidOption(owner: string, option: string, given: unknown, expected: string): ProcessorError {
  return new ProcessorError('PRC_OPTION_INVALID', { owner, option, given: shown(given), expected });
}

export function shown(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80 });
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

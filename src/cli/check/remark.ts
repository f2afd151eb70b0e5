// What the pure rules of check say, before it is known where in the files that stands.

import type { ProcessorError } from '../../errors/processor-error.js';

export interface Remark {
  readonly level: Level;
  readonly error: ProcessorError;
  /** Whose definition is to be looked at. */
  readonly about: { readonly processor: string } | { readonly topic: string } | undefined;
}

/** A warning is no reason to fail, unless `--strict` makes it one. */
export type Level = 'error' | 'warning';

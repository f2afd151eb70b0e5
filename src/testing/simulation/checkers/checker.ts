// A rule that every run has to keep, judged when it is over. A new one is a file in this folder and its line in index.ts.

import type { History } from '../history.js';

export interface Checker {
  /** What a finding is called. */
  readonly name: string;
  /** Sentences about what is wrong; none if all is well. */
  readonly check: (history: History) => Iterable<string>;
}

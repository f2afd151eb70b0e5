// What `processor check` is called with.

import type { ConfigFlags } from '../config/config-values.js';

export interface CheckFlags extends ConfigFlags {
  /** Ask brokers and registry, too. */
  readonly live: boolean;
  readonly strict: boolean;
  readonly types: boolean;
  readonly json?: boolean;
}

// What `processor check` is called with.

import type { ConfigFlags } from '../config/config-values.js';

export interface CheckFlags extends ConfigFlags {
  readonly strict: boolean;
  readonly types: boolean;
  readonly json?: boolean;
}

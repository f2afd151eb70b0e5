// A request that arrives twice.

import { isIndependent } from '../../../memory/network.js';
import type { RequestFault } from './fault-kind.js';

export const doubled: RequestFault = {
  at: 'request',
  name: 'doubled',
  rateMax: 0.05,
  msMax: 0,
  mayStrike: isIndependent,
  outcome: () => ({ kind: 'doubled' }),
};

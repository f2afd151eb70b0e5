// A request that arrives long after its connection was reset: behind whatever its sender has done since (E7).

import { isIndependent } from '../../../memory/network.js';
import type { RequestFault } from './fault-kind.js';

export const late: RequestFault = {
  at: 'request',
  name: 'late',
  rateMax: 0.05,
  msMax: 8000,
  mayStrike: isIndependent,
  outcome: ({ ms }) => ({ kind: 'late', ms }),
};

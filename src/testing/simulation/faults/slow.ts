// A request that takes its time: longer than a call may take, now and then.

import type { RequestFault } from './fault-kind.js';

export const slow: RequestFault = {
  at: 'request',
  name: 'slow',
  rateMax: 0.1,
  msMax: 3000,
  outcome: ({ ms }) => ({ kind: 'slow', ms }),
};

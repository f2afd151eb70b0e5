// A request that never arrives: the connection is reset under it, and its sender does not know more.

import type { RequestFault } from './fault-kind.js';

export const lost: RequestFault = {
  at: 'request',
  name: 'lost',
  rateMax: 0.05,
  msMax: 0,
  outcome: () => ({ kind: 'lost' }),
};

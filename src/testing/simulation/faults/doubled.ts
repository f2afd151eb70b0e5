// A request that arrives twice.

import { isAnsweredAtOnce, type RequestFault } from './fault-kind.js';

export const doubled: RequestFault = {
  at: 'request',
  name: 'doubled',
  rateMax: 0.05,
  msMax: 0,
  mayStrike: isAnsweredAtOnce,
  outcome: () => ({ kind: 'doubled' }),
};

// A request that is served, and whose answer is lost with the connection.

import type { RequestFault } from './fault-kind.js';

export const unanswered: RequestFault = {
  at: 'request',
  name: 'unanswered',
  rateMax: 0.05,
  msMax: 0,
  outcome: () => ({ kind: 'unanswered' }),
};

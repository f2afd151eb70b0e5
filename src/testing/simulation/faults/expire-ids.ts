// The brokers forget the transactional ids that have nothing open, as after a week without use. What partitions know of producers
// stays: no request waits for an answer as long as that is kept, and one that did would be taken twice.

import type { Disaster } from './fault-kind.js';

export const expireIds: Disaster = {
  at: 'time',
  name: 'expire-ids',
  msMax: 0,
  strike: ({ cluster }) => cluster.transactions.forgetIdle(),
};

// The brokers forget the transactional ids that nobody uses just now, and what partitions know of producers.

import type { Disaster } from './fault-kind.js';

export const expireIds: Disaster = {
  at: 'time',
  name: 'expire-ids',
  msMax: 0,
  strike: ({ cluster }) => cluster.expireIds(),
};

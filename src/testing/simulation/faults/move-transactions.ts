// Another broker answers for the transactions of a processor's partitions from now on, as soon as it has read what there is of them.

import type { Disaster } from './fault-kind.js';

export const moveTransactions: Disaster = {
  at: 'time',
  name: 'move-transactions',
  msMax: 3000,
  strike({ cluster }, { which, ms }) {
    for (const transactionalId of cluster.transactions.open)
      cluster.moveCoordinator({ kind: 'transactions', transactionalId }, 1 + (which % cluster.nodes.length), ms);
  },
};

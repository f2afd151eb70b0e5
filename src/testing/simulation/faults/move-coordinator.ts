// Another broker answers for a group from now on, as soon as it has read what the old one has written.

import type { Disaster } from './fault-kind.js';

export const moveCoordinator: Disaster = {
  at: 'time',
  name: 'move-coordinator',
  msMax: 3000,
  strike({ cluster, groups }, { which, ms }) {
    const groupId = groups[which % groups.length];
    if (groupId !== undefined)
      cluster.moveCoordinator({ kind: 'group', groupId }, 1 + (which % cluster.nodes.length), ms);
  },
};

// A broker goes down, with all connections to it, and comes back; meanwhile others take over what it led, if there are any.

import type { Disaster } from './fault-kind.js';

export const restartNode: Disaster = {
  at: 'time',
  name: 'restart-node',
  msMax: 6000,
  strike({ cluster }, { which, ms }) {
    cluster.restart(1 + (which % cluster.nodes.length), ms, 500);
  },
};

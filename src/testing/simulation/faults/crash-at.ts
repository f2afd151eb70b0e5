// A process that is gone at one of the engine's named moments: right before, during or after a step of a transaction.

import type { MomentFault } from './fault-kind.js';

export const crashAt: MomentFault = {
  at: 'moment',
  name: 'crash-at',
  rateMax: 0.01,
  msMax: 5000,
  strike: (world, victim, { ms }) => world.kill(victim, ms),
};

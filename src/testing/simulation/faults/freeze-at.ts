// A process that is stopped at one of the engine's named moments and goes on later, when somebody else may have its partitions.

import type { MomentFault } from './fault-kind.js';

export const freezeAt: MomentFault = {
  at: 'moment',
  name: 'freeze-at',
  rateMax: 0.01,
  msMax: 20_000,
  strike: (world, victim, { ms }) => world.pause(victim, ms),
};

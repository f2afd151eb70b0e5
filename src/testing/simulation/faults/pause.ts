// A process that does nothing for a while and then goes on as if nothing had been: a zombie, if it is long enough.

import type { Disaster } from './fault-kind.js';

export const pause: Disaster = {
  at: 'time',
  name: 'pause',
  msMax: 30_000,
  strike(world, { which, ms }) {
    const victim = world.pick(which);
    if (victim) world.pause(victim, ms);
  },
};

// A process that is asked to stop, as a deployment does; another one starts some time later.

import type { Disaster } from './fault-kind.js';

export const stop: Disaster = {
  at: 'time',
  name: 'stop',
  msMax: 5000,
  strike(world, { which, ms }) {
    const victim = world.pick(which);
    if (victim) world.stop(victim, ms);
  },
};

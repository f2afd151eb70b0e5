// A process that is gone in the middle of whatever it does; another one starts some time later.

import type { Disaster } from './fault-kind.js';

export const kill: Disaster = {
  at: 'time',
  name: 'kill',
  msMax: 5000,
  strike(world, { which, ms }) {
    const victim = world.pick(which);
    if (victim) world.kill(victim, ms);
  },
};

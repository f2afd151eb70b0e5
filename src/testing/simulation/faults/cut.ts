// One process and one broker do not reach each other for a while; both reach everybody else.

import type { Disaster } from './fault-kind.js';

export const cut: Disaster = {
  at: 'time',
  name: 'cut',
  msMax: 15_000,
  strike(world, { which, ms }) {
    const victim = world.pick(which);
    if (victim === undefined) return;
    world.network.cut(victim.process, 1 + (which % world.cluster.nodes.length), ms);
    world.whenHealed(() => world.network.heal());
  },
};

// Records of an input that its group is through with are deleted, as retention does.

import type { Disaster } from './fault-kind.js';

export const deleteRecords: Disaster = {
  at: 'time',
  name: 'delete-records',
  msMax: 0,
  strike(world, { which }) {
    const groupId = world.groups[which % world.groups.length];
    if (groupId === undefined) return;
    const topic = `sim-${which % world.groups.length}`;
    for (let partition = 0; partition < world.cluster.partitionsOf(topic); partition++)
      world.deleteDone(groupId, { topic, partition });
  },
};

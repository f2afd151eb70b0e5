// Records of an input that its group is through with are deleted, as retention does.

import type { Plan } from '../plan.js';
import type { Disaster } from './fault-kind.js';

export const deleteRecords: Disaster = {
  at: 'time',
  name: 'delete-records',
  msMax: 0,
  strike(world, { which }) {
    const index = which % world.groups.length;
    const groupId = world.groups[index];
    if (groupId === undefined || mayGoBack(world.plan, index)) return;
    const topic = `sim-${index}`;
    for (let partition = 0; partition < world.cluster.partitionsOf(topic); partition++)
      world.deleteDone(groupId, { topic, partition });
  },
};

/**
 * A plain commit that comes late or twice takes the offset back (E7), behind the beginning of the log perhaps: then the processor
 * ends rather than choose where to go on, and here is nobody who decides.
 */
function mayGoBack({ works, rates }: Plan, step: number): boolean {
  return works[step]?.guarantee !== 'exactly-once' && ('late' in rates || 'doubled' in rates);
}

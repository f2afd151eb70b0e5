// Whether there is anything left to do for the processors of a driver, and if so where: what its errors tell.

import { groupId, type TopicPartition } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import type { Cluster } from '../memory/cluster.js';
import { Refusal } from '../memory/refusal.js';

/** The partitions of a processor that hold records which it has not committed yet, as far as a committed reader sees. */
export function unsettled(cluster: Cluster, namespace: string, topology: Topology): readonly TopicPartition[] {
  const group = cluster.group(groupId(namespace, topology.name));
  return topology.subtopologies.flatMap(({ source: { topic } }) =>
    Array.from({ length: cluster.partitionsOf(topic.name) }, (_, partition) => ({
      topic: topic.name,
      partition,
    })).filter((partition) => !isSettled(partition)),
  );

  function isSettled(partition: TopicPartition): boolean {
    const log = cluster.log(partition);
    // A transaction that is open may still bring something.
    if (log.isOpen) return false;
    try {
      const offset = Math.max(log.low, group.committed(partition)?.offset ?? 0);
      return log.read({ offset, recordsMax: 1, isCommitted: true }).records.length === 0;
    } catch (error) {
      // Its offset is in a transaction that is about to end.
      if (error instanceof Refusal && error.code === 'UNSTABLE_OFFSET_COMMIT') return false;
      throw error;
    }
  }
}

// Whether there is anything left to do for the processors of a driver, and if so where: what its errors tell.

import { groupId, type TopicPartition } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import type { Cluster } from '../memory/cluster.js';
import { Refusal } from '../memory/refusal.js';

/** A partition with something left to do. */
export interface Unsettled extends TopicPartition {
  /** Its first record that is not done; undefined where an open transaction decides what that is, or its task has yet to hear of it. */
  readonly next: number | undefined;
}

/**
 * The partitions of a processor that hold records which it has not committed yet, as far as a committed reader sees.
 *
 * @param reached up to where its task is done, as it has told: the task hears a moment later than the group that its commit has
 *   lasted; with at-most-once the offset is committed before the records are handled, and a commit outside transactions that comes
 *   late can move it back (E7)
 */
export function unsettled(
  cluster: Cluster,
  namespace: string,
  topology: Topology,
  reached: (partition: TopicPartition) => number | undefined = () => undefined,
): readonly Unsettled[] {
  const group = cluster.group(groupId(namespace, topology.name));
  return topology.subtopologies.flatMap(({ source: { topic } }) =>
    Array.from({ length: cluster.partitionsOf(topic.name) }, (_, partition) =>
      left({ topic: topic.name, partition }),
    ).flat(),
  );

  function left(partition: TopicPartition): Unsettled[] {
    const log = cluster.log(partition);
    // A transaction that is open may still bring something.
    if (log.isOpen) return [{ ...partition, next: undefined }];
    try {
      const told = reached(partition);
      const committed = group.committed(partition)?.offset ?? 0;
      const offset = Math.max(log.low, topology.guarantee === 'exactly-once' ? committed : (told ?? committed));
      // Nothing is left where the group stands beyond the end. That it does is wrong, and for others to say.
      if (offset > log.high) return [];
      const [first] = log.read({ offset, recordsMax: 1, isCommitted: true }).records;
      if (first !== undefined) return [{ ...partition, next: first.offset }];
      return told !== undefined && told < committed ? [{ ...partition, next: undefined }] : [];
    } catch (error) {
      // Its offset is in a transaction that is about to end.
      if (error instanceof Refusal && error.code === 'UNSTABLE_OFFSET_COMMIT')
        return [{ ...partition, next: undefined }];
      throw error;
    }
  }
}

// Whether an answer to an event of the group is one to it. The client takes any, and the group then waits for the right one for ever,
// in silence: so an implementation of the port refuses it.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Rebalance } from './kafka.js';

/** @throws where it is no assignment that waits for an answer */
export function requireAssignment(waiting: Rebalance | undefined): void {
  if (waiting && waiting.kind !== 'assigned') throw new Error(`accept is no answer to a '${waiting.kind}' event`);
}

/** @throws where it is an assignment that waits for an answer, or where something stays read that is taken */
export function requireLettingGo(
  waiting: Rebalance | undefined,
  named: readonly TopicPartition[],
  isRead: (partition: TopicPartition) => boolean,
): void {
  if (waiting === undefined) return;
  if (waiting.kind === 'assigned') throw new Error("unassign is no answer to an 'assigned' event");
  const keys = new Set(named.map(partitionKey));
  const kept = waiting.partitions.find((one) => isRead(one) && !keys.has(partitionKey(one)));
  if (kept) throw new Error(`unassign does not name ${partitionKey(kept)}, which is taken and is read`);
}

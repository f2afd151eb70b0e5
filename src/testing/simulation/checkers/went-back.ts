// Plain commits that had no answer and come late move a group back (E7), and what at-most-once has claimed since may be handled
// again. The guarantee says so; which partitions of a step that has happened to, the rules ask here.

import { groupId, partitionKey } from '../../../core/ids.js';
import type { History } from '../history.js';
import type { Step } from '../work.js';

/** Keys of the partitions that the step's group has come back in. */
export function wentBack({ name, work }: Step, { offsets }: Pick<History, 'offsets'>): ReadonlySet<string> {
  const back = new Set<string>();
  if (work.guarantee === 'exactly-once') return back;
  const group: string = groupId('', name);
  const last = new Map<string, number>();
  for (const moved of offsets) {
    if (moved.groupId !== group) continue;
    const key = partitionKey(moved);
    if (moved.offset < (last.get(key) ?? 0)) back.add(key);
    last.set(key, moved.offset);
  }
  return back;
}

// At-most-once claims records by plain commits; one that had no answer and comes late moves the group back (E7), and what it has
// claimed since may be handled again. The guarantee says so; which steps that has happened to, the rules ask here.

import { groupId, partitionKey } from '../../../core/ids.js';
import type { History } from '../history.js';
import type { Step } from '../work.js';

export function hasGoneBack({ name, work }: Step, { offsets }: Pick<History, 'offsets'>): boolean {
  if (work.guarantee === 'exactly-once') return false;
  const group: string = groupId('', name);
  const last = new Map<string, number>();
  return offsets.some((moved) => {
    if (moved.groupId !== group) return false;
    const key = partitionKey(moved);
    const before = last.get(key) ?? 0;
    last.set(key, moved.offset);
    return moved.offset < before;
  });
}

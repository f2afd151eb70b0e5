// With exactly-once the committed offset of a partition never goes back; with no guarantee is it beyond the partition's end. Whether
// it has reached that end is another rule's question (no-progress).

import { groupId, partitionKey } from '../../../core/ids.js';
import { partitionsOf } from '../history.js';
import type { Checker } from './checker.js';

export const rewound: Checker = {
  name: 'rewound',
  *check({ offsets, steps, cluster }) {
    const last = new Map<string, number>();
    const guaranteeOf = new Map(steps.map(({ name, work }) => [groupId('', name) as string, work.guarantee]));
    for (const moved of offsets) {
      // A plain commit that comes late moves it back (E7): at-least-once repeats something then, and at-most-once may.
      if (guaranteeOf.get(moved.groupId) !== 'exactly-once') continue;
      const key = `${moved.groupId} ${partitionKey(moved)}`;
      const before = last.get(key) ?? 0;
      last.set(key, moved.offset);
      if (moved.offset < before) yield `${key}: from ${before} to ${moved.offset} at ${moved.atMs.toFixed(1)} ms`;
    }
    for (const { name, input } of steps)
      for (const partition of partitionsOf(cluster, input)) {
        const offset = cluster.group(groupId('', name)).committed(partition)?.offset ?? 0;
        const { high } = cluster.log(partition);
        if (offset > high) yield `${name} ${partitionKey(partition)}: ${offset} is beyond the end ${high}`;
      }
  },
};

// All outputs of a key are in one partition of their topic, as long as the topic has not grown (E17).

import type { Checker } from './checker.js';

export const keysApart: Checker = {
  name: 'keys apart',
  *check({ plan, steps, cluster, records }) {
    for (const { outputs } of steps)
      for (const topic of [outputs.next, outputs.audit]) {
        if (cluster.partitionsOf(topic) !== plan.partitions) continue;
        const partitions = new Map<string, number>();
        for (const { key, partition } of records(topic)) {
          const before = partitions.get(key) ?? partition;
          partitions.set(key, partition);
          if (before !== partition) yield `${topic}: ${key} is in ${before} and in ${partition}`;
        }
      }
  },
};

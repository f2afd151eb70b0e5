// A topic gets more partitions.

import type { Disaster } from './fault-kind.js';

export const grow: Disaster = {
  at: 'time',
  name: 'grow',
  msMax: 0,
  strike({ cluster }, { which }) {
    const topic = cluster.topics[which % cluster.topics.length];
    if (topic !== undefined && cluster.partitionsOf(topic) < 8)
      cluster.growTopic(topic, cluster.partitionsOf(topic) + 1 + (which % 2));
  },
};

// A partition is led by another broker from now on: whoever asks the old one is sent away and looks the new one up.

import type { Disaster } from './fault-kind.js';

export const moveLeader: Disaster = {
  at: 'time',
  name: 'move-leader',
  msMax: 0,
  strike({ cluster }, { which }) {
    const { topics, nodes } = cluster;
    const topic = topics[which % topics.length];
    if (topic === undefined) return;
    const partition = { topic, partition: which % cluster.partitionsOf(topic) };
    cluster.moveLeader(partition, 1 + (which % nodes.length));
  },
};

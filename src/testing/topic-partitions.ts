// Which topics processors need on the model, and how many partitions each gets: those that a broker would be given for them.

import { deadLetterTopics, type Topology } from '../core/topology.js';

export interface TopicPartitionsOptions {
  readonly namespace: string;
  /** Of topics whose definition names none. */
  readonly partitions: number;
}

/** By name; inputs first, then outputs, then the topics of dead letters, which are as wide as the widest input. */
export function topicPartitions(
  topologies: readonly Topology[],
  { namespace, partitions }: TopicPartitionsOptions,
): ReadonlyMap<string, number> {
  const inputs = topologies.flatMap(({ subtopologies }) => subtopologies.map(({ source }) => source.topic));
  const outputs = topologies.flatMap(({ sinks }) => sinks.map(({ topic }) => topic));
  const counts = new Map<string, number>();
  for (const topic of [...inputs, ...outputs])
    if (!counts.has(topic.name)) counts.set(topic.name, topic.partitions ?? partitions);
  const most = Math.max(...inputs.map(({ name }) => counts.get(name) ?? 0));
  for (const name of topologies.flatMap((topology) => deadLetterTopics(namespace, topology)))
    if (!counts.has(name)) counts.set(name, most);
  return counts;
}

// Which topics processors need, what for, and with what settings. Pure.

import { deadLetterTopics, type Topology, type TopologyTopic } from '../core/topology.js';

export interface NeededTopic {
  readonly name: string;
  readonly uses: readonly TopicUse[];
  /** Undefined for dead letters' topics that nobody defined. */
  readonly definition: TopologyTopic | undefined;
  /** For dead letters: the inputs whose records may end there. */
  readonly inputs: readonly string[];
}

export interface TopicUse {
  readonly processor: string;
  readonly as: 'input' | 'output' | 'dead letters';
}

/** Every topic once: inputs, then outputs, then dead letters, so that what depends on another comes after it. */
export function neededTopics(namespace: string, topologies: readonly Topology[]): readonly NeededTopic[] {
  const needed = new Map<string, NeededTopic>();
  const need = (
    name: string,
    use: TopicUse,
    definition: TopologyTopic | undefined,
    inputs: readonly string[] = [],
  ): void => {
    const before = needed.get(name) ?? { name, uses: [], definition, inputs: [] };
    needed.set(name, {
      name,
      uses: [...before.uses, use],
      definition: before.definition ?? definition,
      inputs: [...new Set([...before.inputs, ...inputs])],
    });
  };
  for (const { name: processor, subtopologies } of topologies)
    for (const { source } of subtopologies) need(source.topic.name, { processor, as: 'input' }, source.topic);
  for (const { name: processor, sinks } of topologies)
    for (const { topic } of sinks) need(topic.name, { processor, as: 'output' }, topic);
  for (const topology of topologies) {
    const inputs = topology.subtopologies.map(({ source }) => source.topic.name);
    for (const name of deadLetterTopics(namespace, topology))
      need(name, { processor: topology.name, as: 'dead letters' }, undefined, inputs);
  }
  return [...needed.values()];
}

// One name, one definition: of the topics within a processor, and of all processors that are run together.

import type { Topology, TopologyTopic } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';

/** Refuses two different definitions of one topic (PRC_TOPIC_DEFINED_TWICE). */
export function checkTopics(topologies: readonly Topology[]): void {
  const [first] = conflictingTopics(topologies);
  if (first !== undefined) throw first;
}

/**
 * A refusal for each definition of a topic that differs from the first one: the reader would not understand the writer. Codecs are
 * the same if they are one object, which the codecs without a schema always are, and `json` for one schema.
 */
export function conflictingTopics(
  topologies: readonly Topology[],
): readonly ProcessorError<'PRC_TOPIC_DEFINED_TWICE'>[] {
  const known = new Map<string, TopologyTopic>();
  const refused = new Set<TopologyTopic>();
  return topologies.flatMap(topicsOf).flatMap((topic) => {
    const first = known.get(topic.name) ?? topic;
    known.set(topic.name, first);
    const differences = first === topic || refused.has(topic) ? [] : differencesOf(first, topic);
    if (differences.length === 0) return [];
    refused.add(topic);
    return [
      new ProcessorError('PRC_TOPIC_DEFINED_TWICE', { topic: topic.name, differences: differences.join(' and ') }),
    ];
  });
}

function topicsOf({ subtopologies, sinks }: Topology): TopologyTopic[] {
  return [...subtopologies.map(({ source }) => source.topic), ...sinks.map(({ topic }) => topic)];
}

function differencesOf(one: TopologyTopic, other: TopologyTopic): string[] {
  return [
    ...(one.key === other.key ? [] : ['key codecs']),
    ...(one.value === other.value ? [] : ['value codecs']),
    ...(one.partitions === other.partitions ? [] : ['partition counts']),
    ...(settingsText(one) === settingsText(other) ? [] : ['settings']),
  ];
}

function settingsText({ config = {} }: TopologyTopic): string {
  return JSON.stringify(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
}

// The Avro schemas that processors declare: one for each key or value, under the subject that it has in a registry.

import { subjectOf } from '../../codecs/registry-wire-format.js';
import type { Topology, TopologyTopic } from '../../core/topology.js';

export interface DeclaredSchema {
  readonly subject: string;
  readonly topic: string;
  readonly part: 'key' | 'value';
  /** What the processors do with the topic. One that is written and read counts as written. */
  readonly use: 'read' | 'write';
  /** Its text, as it is looked up and registered. */
  readonly schema: string;
}

/** Each subject once, in the order of topics' names. */
export function declaredSchemas(topologies: readonly Topology[]): readonly DeclaredSchema[] {
  const read = topologies.flatMap(({ subtopologies }) => subtopologies.map(({ source }) => source.topic));
  const written = topologies.flatMap(({ sinks }) => sinks.map(({ topic }) => topic));
  const all = [
    ...read.flatMap((topic) => schemasOf(topic, 'read')),
    ...written.flatMap((topic) => schemasOf(topic, 'write')),
  ];
  const bySubject = new Map(all.map((declared) => [declared.subject, declared]));
  return [...bySubject.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1));
}

/** The Avro schemas of a topic's key and value, if they are Avro. */
export function schemasOf(topic: TopologyTopic, use: DeclaredSchema['use']): readonly DeclaredSchema[] {
  return (['key', 'value'] as const).flatMap((part) => {
    const { schema } = topic[part];
    return schema === undefined ? [] : [{ subject: subjectOf(topic.name, part), topic: topic.name, part, use, schema }];
  });
}

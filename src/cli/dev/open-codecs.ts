// What codecs and the registry refuse is known before anything is stopped.

import type { CodecScope, SchemaRegistry } from '../../core/codec.js';
import type { Topology, TopologyTopic } from '../../core/topology.js';

/** Rejects as the first codec that cannot be opened. */
export async function openCodecs(
  topologies: readonly Topology[],
  {
    registry,
    registerSchemas,
  }: Pick<CodecScope, 'registerSchemas'> & { readonly registry: SchemaRegistry | undefined },
): Promise<void> {
  const open = async ({ name: topic, key, value }: TopologyTopic, use: CodecScope['use']): Promise<void> => {
    const scope = { topic, use, registerSchemas, ...(registry ? { registry } : {}) };
    await key.open({ ...scope, part: 'key' });
    await value.open({ ...scope, part: 'value' });
  };
  for (const { sinks } of topologies) for (const { topic } of sinks) await open(topic, 'write');
  for (const { subtopologies } of topologies) for (const { source } of subtopologies) await open(source.topic, 'read');
}

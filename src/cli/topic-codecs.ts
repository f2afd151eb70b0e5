// The codecs of one topic as the processors here declare them, opened for a tool.

import type { AnyCodec, SchemaRegistry, Serde } from '../core/codec.js';
import type { TopologyTopic } from '../core/topology.js';
import { definedTopics } from './discover.js';

export interface TopicCodecs {
  readonly key: OpenCodec;
  readonly value: OpenCodec;
}

export interface OpenCodec {
  readonly format: string;
  readonly nullable: boolean;
  readonly serde: Serde<unknown, unknown>;
}

export interface CodecOptions {
  readonly use: 'read' | 'write';
  readonly registry: SchemaRegistry | undefined;
  readonly registerSchemas: boolean;
}

/**
 * Undefined where no processor here declares the topic.
 * @throws what loading the modules and opening the codecs throws
 */
export async function codecsOf(topic: string, options: CodecOptions): Promise<TopicCodecs | undefined> {
  const found = (await definedTopics(process.cwd())).get(topic);
  if (found === undefined) return undefined;
  return { key: await open(found, 'key', options), value: await open(found, 'value', options) };
}

async function open(
  topic: TopologyTopic,
  part: 'key' | 'value',
  { use, registry, registerSchemas }: CodecOptions,
): Promise<OpenCodec> {
  const codec: AnyCodec = topic[part];
  const serde = await codec.open({ topic: topic.name, part, use, registerSchemas, ...(registry ? { registry } : {}) });
  return { format: codec.format, nullable: codec.nullable, serde };
}

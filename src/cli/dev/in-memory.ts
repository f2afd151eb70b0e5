// The child's place where there is no Kafka: a model of it in this very process, and a file for each of its topics.

import { join } from 'node:path';
import type { Topology } from '../../core/topology.js';
import type { FactListener } from '../../engine/facts.js';
import { type App, together } from '../../engine/together.js';
import type { Kafka } from '../../ports/kafka.js';
import { LiveModel } from '../../testing/live-model.js';
import type { ProvidedTopic } from '../provide-topics.js';
import { MemoryFiles } from './memory-files.js';
import { memoryFolder } from './memory-folder.js';
import { openCodecs } from './open-codecs.js';

/** All is there that the processors need. */
export interface Ready {
  readonly kafka: Kafka;
  readonly topics: readonly ProvidedTopic[];
  readonly begin: (onFact: FactListener) => Promise<App>;
}

export async function inMemory(topologies: readonly Topology[], namespace: string): Promise<Ready> {
  const model = new LiveModel({ topologies, namespace, partitions });
  await openCodecs(topologies, { registry: model.registry, registerSchemas: true });
  const topics = [...model.partitions].map(([topic, count]) => ({ topic, created: false, partitions: count }));
  return { kafka: model.kafka, topics, begin: (onFact) => begin(model, topologies, onFact) };
}

async function begin(model: LiveModel, topologies: readonly Topology[], onFact: FactListener): Promise<App> {
  const runners = await model.start(onFact);
  const definitions = topologies.flatMap(({ sinks }) => sinks.map(({ topic }) => topic));
  const files = await MemoryFiles.open(model, join(process.cwd(), memoryFolder), definitions);
  return together(runners, async () => {
    try {
      await files.close();
    } finally {
      await model.stop();
    }
  });
}

/** Where a topic's definition names none. */
const partitions = 4;

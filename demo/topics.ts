// Topics for demo, benchmark and tests.

import { setTimeout as wait } from 'node:timers/promises';
import type { Admin } from '../src/adapters/confluent/kafka.js';
import type { TopologyTopic } from '../src/core/topology.js';
import type { Kafka } from '../src/ports/kafka.js';

/**
 * Creates topics, and resolves when the broker shows them to others too, which is a little later than it says so. Resolves
 * to the names of those that were there already.
 */
export async function createTopics(
  kafka: Kafka & Admin,
  topics: readonly Pick<TopologyTopic, 'name' | 'partitions' | 'config'>[],
): Promise<string[]> {
  const old: string[] = [];
  for (const { name, partitions = 4, config = {} } of topics)
    if (!(await kafka.createTopic({ name, partitions, replicationFactor: 1, config }))) old.push(name);
  const names = topics.map(({ name }) => name);
  while ((await kafka.partitionCounts(names)).size < names.length) await wait(20);
  return old;
}

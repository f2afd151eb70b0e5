// The Kafka and the schema registry that the demo runs on: its own, on free ports, gone when it ends. TEST_KAFKA_BROKERS
// names another broker to use; KAFKA_BROKERS and its like are a user's and never touched.

import enrichOrders, { audit, enriched, orders } from '../processors/enrich-orders.js';
import { type Admin, confluentKafka } from '../src/adapters/confluent/kafka.js';
import { httpRegistry } from '../src/adapters/schema-registry/http-registry.js';
import type { SchemaRegistry } from '../src/core/codec.js';
import { deadLetterTopic } from '../src/core/topology.js';
import { startEmbeddedKafka } from '../src/embedded/kafka/broker.js';
import { startEmbeddedRegistry } from '../src/embedded/schema-registry/server.js';
import type { Kafka } from '../src/ports/kafka.js';
import { createTopics } from './topics.js';

export interface Cluster {
  readonly brokers: string;
  readonly kafka: Kafka & Admin;
  readonly registry: SchemaRegistry;
  readonly registryUrl: string;
  stop(): Promise<void>;
}

export const deadLetters: string = deadLetterTopic('', enrichOrders.name);

/** Every topic of the demo has as many; so the orders of an input partition go to one partition of each output. */
export const partitions: readonly number[] = [0, 1, 2, 3];

export async function startCluster(say: (line: string) => void): Promise<Cluster> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    let brokers = process.env['TEST_KAFKA_BROKERS'] ?? '';
    if (brokers === '') {
      const embedded = await startEmbeddedKafka({ name: 'kafka', log: say });
      ends.push(async () => {
        await embedded.stop();
        say(`kafka has stopped, ${embedded.dataDir} is removed`);
      });
      brokers = embedded.brokers;
    } else say(`uses the Kafka of TEST_KAFKA_BROKERS, ${brokers}`);
    const embeddedRegistry = await startEmbeddedRegistry();
    ends.push(() => embeddedRegistry.stop());
    const registryUrl = embeddedRegistry.url;
    say(`schema registry is ready on ${registryUrl}, its schemas live in memory`);
    const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
    ends.push(() => kafka.close());
    // Dead letters are never deleted either.
    const old = await createTopics(kafka, [orders, enriched, audit, { ...orders, name: deadLetters }]);
    if (old.length > 0) throw new Error(`the demo needs a Kafka without the topics ${old.join(', ')}`);
    return { brokers, kafka, registry: httpRegistry({ url: registryUrl }), registryUrl, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

// What all sides of a run share: one broker, one registry, and topics that come and go. TEST_KAFKA_BROKERS names another broker
// to use; its CPU time is not known then.

import { randomUUID } from 'node:crypto';
import { createTopics } from '../demo/topics.js';
import { type Admin, confluentKafka } from '../src/adapters/confluent/kafka.js';
import { call } from '../src/adapters/confluent/kafka-error.js';
import { type RawAdmin, type RawError, rawModule } from '../src/adapters/confluent/raw-client.js';
import { startEmbeddedKafka } from '../src/embedded/kafka/broker.js';
import { kafkaVersion } from '../src/embedded/kafka/jars.js';
import { startEmbeddedRegistry } from '../src/embedded/schema-registry/server.js';
import type { Kafka } from '../src/ports/kafka.js';
import { schemaSource } from './inputs/schema-source.js';
import { avroEnriched, avroOrder } from './inputs/schemas.js';

export interface Surroundings {
  readonly brokers: string;
  /** For people. */
  readonly brokerVersion: string;
  /** Of the broker's process, where it is ours. */
  readonly brokerPid: number | undefined;
  readonly kafka: Kafka & Admin;
  readonly registry: string;
  readonly inputSchemaId: number;
  readonly outputSchemaId: number;
  newTopic(what: string, partitions: number): Promise<string>;
  /** Its data goes with it: the outputs of a long run would fill a disk. */
  deleteTopic(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Embedded brokers start quickly; one that is measured for minutes may optimise its code as brokers do. */
const jvmOptions = ['-XX:TieredStopAtLevel=4'];
/** What is deleted has to be gone at once, not in a minute. */
const properties = { 'file.delete.delay.ms': '1000' };

/** @param given the brokers to use; none: one of our own */
export async function startSurroundings(
  say: (line: string) => void,
  given: string = process.env['TEST_KAFKA_BROKERS'] ?? '',
): Promise<Surroundings> {
  const embedded =
    given === '' ? await startEmbeddedKafka({ name: 'kafka-for-bench', jvmOptions, properties, log: say }) : undefined;
  const brokers = embedded?.brokers ?? given;
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
  const registry = await startEmbeddedRegistry();
  const schemas = schemaSource(registry.url).registry;
  const admin = rawModule().AdminClient.create({ 'bootstrap.servers': brokers }) as DeletingAdmin;
  return {
    brokers,
    brokerVersion: embedded ? `Kafka ${kafkaVersion}, one node, ${jvmOptions.join(' ')}` : `the broker at ${given}`,
    brokerPid: embedded?.pid,
    kafka,
    registry: registry.url,
    inputSchemaId: await schemas.register('bench-orders-value', avroOrder.schema),
    outputSchemaId: await schemas.register('bench-enriched-value', avroEnriched.schema),
    async newTopic(what, partitions) {
      const name = `bench-${what}-${randomUUID().slice(0, 8)}`;
      await createTopics(kafka, [{ name, partitions, config: { 'retention.ms': '-1' } }]);
      return name;
    },
    deleteTopic: (name) =>
      call(`delete ${name}`, (callback) => admin.deleteTopic(name, 10_000, (e) => callback(e, undefined))),
    async close() {
      admin.disconnect();
      await kafka.close();
      await registry.stop();
      await embedded?.stop();
    },
  };
}

interface DeletingAdmin extends RawAdmin {
  deleteTopic(topic: string, timeoutMs: number, callback: (error: RawError | null | undefined) => void): void;
}

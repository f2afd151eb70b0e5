// A real broker as a world of sequences. Unlike the one of the contract's cases its clients are kept from one sequence to the next,
// because most of a short sequence's time would go into connecting them.

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Admin, type ClientSettings, confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { type RawError, rawModule } from '../../../src/adapters/confluent/raw-client.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { Kafka } from '../../../src/ports/kafka.js';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import type { ClientOptions } from '../../../src/testing/contracts/world.js';

// Members come and go at once; a fetch at the end of a log answers soon.
const settings: ClientSettings = { 'fetch.wait.max.ms': 20, 'fetch.queue.backoff.ms': 1 };
const classicSettings: ClientSettings = { 'heartbeat.interval.ms': 100 };

export interface KafkaWorld extends ContractWorld {
  /** What a sequence has left: each client that connects is told of all topics there are, and keeps that. */
  deleteTopics(): Promise<void>;
  close(): Promise<void>;
}

export function kafkaWorld(brokers: string): KafkaWorld {
  const clients = new Map<string, Promise<Kafka & Admin>>();
  const client = (options: ClientOptions): Promise<Kafka & Admin> => {
    const name = JSON.stringify(options);
    let found = clients.get(name);
    if (found === undefined) clients.set(name, (found = connected(brokers, options)));
    return found;
  };
  const topics: string[] = [];
  let admin: DeletingAdmin | undefined;
  const unique = (what: string): string => `${what}-${randomBytes(4).toString('hex')}`;
  return {
    clock: systemClock,
    unique,
    client: (options = {}) => client(options),
    async createTopic(partitions) {
      const kafka = await client({});
      const name = unique('sequence');
      await kafka.createTopic({ name, partitions, replicationFactor: 1, config: { 'retention.ms': '-1' } });
      topics.push(name);
      const all = Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }));
      // The broker answers before every part of it knows the topic.
      while (
        !(await kafka.offsetRanges(all).then(
          () => true,
          () => false,
        ))
      )
        await wait(5);
      return name;
    },
    async deleteTopics() {
      admin ??= rawModule().AdminClient.create({ 'bootstrap.servers': brokers }) as unknown as DeletingAdmin;
      const deleting = admin;
      for (const name of topics.splice(0))
        await new Promise<void>((resolve, reject) =>
          deleting.deleteTopic(name, 10_000, (error) => {
            if (error) reject(new Error(`${name} cannot be deleted: ${error.message}`));
            else resolve();
          }),
        );
    },
    async close() {
      admin?.disconnect();
      for (const kafka of clients.values()) await (await kafka).close();
    },
  };
}

/** What the client can, and the adapter has no use for. */
interface DeletingAdmin {
  deleteTopic(topic: string, timeoutMs: number, callback: (error: RawError | null | undefined) => void): void;
  disconnect(): void;
}

function connected(
  brokers: string,
  { transactionTimeoutMs = 15_000, assignmentStrategy, groupProtocol = 'classic' }: ClientOptions,
): Promise<Kafka & Admin> {
  const strategy = assignmentStrategy ? { 'partition.assignment.strategy': assignmentStrategy } : {};
  const group = groupProtocol === 'classic' ? classicSettings : { 'group.protocol': groupProtocol };
  return confluentKafka({ brokers, transactionTimeoutMs, settings: { ...settings, ...group, ...strategy } });
}

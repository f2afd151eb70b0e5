// A real broker as a world of sequences. Unlike the one of the contract's cases its clients are kept from one sequence to the next,
// because most of a short sequence's time would go into connecting them.

import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { type Admin, type ClientSettings, confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../../src/adapters/system-clock.js';
import type { Kafka } from '../../../src/ports/kafka.js';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';

// Members come and go at once; a fetch at the end of a log answers soon.
const settings: ClientSettings = { 'heartbeat.interval.ms': 100, 'fetch.wait.max.ms': 20, 'fetch.queue.backoff.ms': 1 };

export function kafkaWorld(brokers: string): ContractWorld & { close(): Promise<void> } {
  const clients = new Map<number, Promise<Kafka & Admin>>();
  const client = (transactionTimeoutMs: number): Promise<Kafka & Admin> => {
    let found = clients.get(transactionTimeoutMs);
    if (found === undefined)
      clients.set(transactionTimeoutMs, (found = confluentKafka({ brokers, transactionTimeoutMs, settings })));
    return found;
  };
  const unique = (what: string): string => `${what}-${randomBytes(4).toString('hex')}`;
  return {
    clock: systemClock,
    unique,
    client: ({ transactionTimeoutMs = 60_000 } = {}) => client(transactionTimeoutMs),
    async createTopic(partitions) {
      const kafka = await client(60_000);
      const name = unique('sequence');
      await kafka.createTopic({ name, partitions, replicationFactor: 1, config: { 'retention.ms': '-1' } });
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
    async close() {
      for (const kafka of clients.values()) await (await kafka).close();
    },
  };
}

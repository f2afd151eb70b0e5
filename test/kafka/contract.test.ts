// The contract of the port, on the real client and a real broker: where the model differs, it is the model that is wrong.

import { afterEach, describe, test } from 'vitest';
import { type ClientSettings, confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { Kafka } from '../../src/ports/kafka.js';
import { type ContractWorld, kafkaContract } from '../../src/testing/contracts/index.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

// The members of a case come and go at once; a fetch at the end of a log answers soon.
const settings: ClientSettings = { 'heartbeat.interval.ms': 100, 'fetch.wait.max.ms': 20, 'fetch.queue.backoff.ms': 1 };

const raw = new RawKafka(testBrokers());
/** What a case has opened, to be closed behind it: producers use consumers, and both their client. */
const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const world: ContractWorld = {
  clock: systemClock,
  unique: uniqueName,
  createTopic: (partitions) => raw.topic('contract', partitions),
  async client({ transactionTimeoutMs = 15_000 } = {}) {
    const kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs, settings });
    opened.push(kafka);
    return closedAfterwards(kafka);
  },
};

describe.each(Object.entries(kafkaContract))('%s', (_, cases) => {
  test.each(cases)('$name', ({ run }) => run(world));
});

function closedAfterwards(kafka: Kafka): Kafka {
  const noted = async <One extends { close: () => Promise<void> }>(opening: Promise<One>): Promise<One> => {
    const one = await opening;
    opened.push(one);
    return one;
  };
  return {
    openConsumer: (options) => noted(kafka.openConsumer(options)),
    openProducer: (options) => noted(kafka.openProducer(options)),
    describeTopics: (topics, withinMs) => kafka.describeTopics(topics, withinMs),
    offsetRanges: (partitions) => kafka.offsetRanges(partitions),
    highWatermarks: (partitions) => kafka.highWatermarks(partitions),
    verifiesTransactions: () => kafka.verifiesTransactions(),
    close: () => kafka.close(),
  };
}

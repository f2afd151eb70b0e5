// The world of the contract's cases on the real client and a real broker.

import { type ClientSettings, confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { Kafka } from '../../src/ports/kafka.js';
import type { ChangingWorld } from '../../src/testing/contracts/index.js';
import type { ClientOptions, ContractCase } from '../../src/testing/contracts/world.js';
import { eventually } from './engine-wait.js';
import { testBrokers, uniqueName } from './kafka.js';
import { memberProcess } from './member-process.js';
import { withMaxPollInterval } from './poll-interval.js';
import { RawKafka } from './raw.js';

// The members of a case come and go at once; a fetch at the end of a log answers soon.
const settings: ClientSettings = { 'fetch.wait.max.ms': 20, 'fetch.queue.backoff.ms': 1 };

function settingsOf(options: ClientOptions): ClientSettings {
  const { groupProtocol, assignmentStrategy, groupInstanceId, pollMsMax, sessionMs = pollMsMax, metadataMs } = options;
  const isClassic = groupProtocol !== 'consumer';
  return {
    ...settings,
    ...(isClassic ? { 'heartbeat.interval.ms': 100 } : { 'group.protocol': 'consumer' }),
    // The client takes no session that is longer than the time between two polls.
    ...(isClassic && sessionMs !== undefined ? { 'session.timeout.ms': sessionMs } : {}),
    ...(assignmentStrategy ? { 'partition.assignment.strategy': assignmentStrategy } : {}),
    ...(groupInstanceId === undefined ? {} : { 'group.instance.id': groupInstanceId }),
    ...(metadataMs === undefined ? {} : { 'topic.metadata.refresh.interval.ms': metadataMs }),
  };
}

/** A record that is later than the first one by more than `segment.ms` begins a new segment; the others are cleaned at once. */
const keepsNewest = { 'cleanup.policy': 'compact', 'segment.ms': '60000', 'min.cleanable.dirty.ratio': '0' };

const raw = new RawKafka(testBrokers());
/** What a case has opened. */
interface Closing {
  readonly close: () => Promise<void>;
}

/** A case of the contract in a world of its own. */
export async function inRealWorld({ run }: ContractCase): Promise<void> {
  const world = realWorld();
  try {
    await run(world);
  } finally {
    await world.close();
  }
}

/** The world of one case, and its end. Side by side, cases would disturb each other's time: some are about calls that are slow. */
function realWorld(): ChangingWorld & Closing {
  const opened: Closing[] = [];
  return {
    clock: systemClock,
    unique: uniqueName,
    createTopic: (partitions) => raw.topic('contract', partitions),
    growTopic: (topic, partitions) => raw.grow(topic, partitions),
    deleteTopic: (topic) => raw.deleteTopic(topic),
    async remakeTopic(topic, partitions) {
      await raw.deleteTopic(topic);
      await raw.createTopic(topic, partitions);
    },
    deleteRecords: ({ topic, partition }, before) => raw.deleteRecordsBefore(topic, before, partition),
    createCompactedTopic: () => raw.topic('contract', 1, keepsNewest),
    compact: (topic) =>
      eventually(`${topic} has every key once`, async () => {
        const keys = (await raw.read(topic, 'uncommitted')).map(({ key }) => key);
        return new Set(keys).size === keys.length;
      }),
    async mortal({ groupId, topics, client }) {
      const mortal = await memberProcess({ brokers: testBrokers(), groupId, topics, settings: settingsOf(client) });
      opened.push(mortal);
      return mortal;
    },
    async client(options = {}) {
      const { transactionTimeoutMs = 15_000, pollMsMax } = options;
      const kafka = await confluentKafka({
        brokers: testBrokers(),
        transactionTimeoutMs,
        settings: settingsOf(options),
      });
      opened.push(kafka);
      return noted(kafka, pollMsMax, opened);
    },
    // The last one first: producers use consumers, and both their client.
    async close() {
      for (const one of opened.reverse()) await one.close();
    },
  };
}

/** Another patience with polls is given to whatever consumer is opened meanwhile, so they are opened one after another. */
let opening: Promise<unknown> = Promise.resolve();
function inTurn<T>(open: () => Promise<T>): Promise<T> {
  const turn = opening.then(open, open);
  opening = turn.catch(() => {});
  return turn;
}

function noted(kafka: Kafka, pollMsMax: number | undefined, opened: Closing[]): Kafka {
  const note = async <One extends Closing>(one: Promise<One>): Promise<One> => {
    opened.push(await one);
    return one;
  };
  return {
    openConsumer: (options) =>
      note(
        inTurn(() =>
          pollMsMax === undefined
            ? kafka.openConsumer(options)
            : withMaxPollInterval(pollMsMax, () => kafka.openConsumer(options)),
        ),
      ),
    openProducer: (options) => note(kafka.openProducer(options)),
    describeTopics: (topics, withinMs) => kafka.describeTopics(topics, withinMs),
    offsetRanges: (partitions) => kafka.offsetRanges(partitions),
    highWatermarks: (partitions) => kafka.highWatermarks(partitions),
    verifiesTransactions: () => kafka.verifiesTransactions(),
    close: () => kafka.close(),
  };
}

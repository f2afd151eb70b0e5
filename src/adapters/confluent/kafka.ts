// The port `Kafka` over @confluentinc/kafka-javascript: hands out consumers and producers and asks the cluster what no
// partition's owner can know.

import type { TopicPartition } from '../../core/ids.js';
import {
  type Consumer,
  type ConsumerOptions,
  type Kafka,
  KafkaError,
  type LaneTaken,
  type Notice,
  type OffsetRange,
  type Producer,
  type ProducerOptions,
  type TopicDescription,
} from '../../ports/kafka.js';
import { AdminCalls, type AskOptions } from './admin-calls.js';
import { checkBrokers } from './broker-list.js';
import { openConsumer } from './consumer.js';
import { call, toKafkaError } from './kafka-error.js';
import { lane } from './native/lane.js';
import { probeSettings } from './probe-settings.js';
import { openProducer } from './producer.js';
import { type RawAdmin, type RawOffset, type RawTopicDescription, rawModule } from './raw-client.js';
import { adminConfig, type ClientSettings } from './settings.js';
import { threadGate } from './threads.js';
import { mayDo, type TopicState, topicIdOf, topicStates, unknownTopic } from './topic-state.js';
import { Complaints } from './unreachable.js';

export type { ClientSettings } from './settings.js';

export interface ConfluentOptions {
  /** `host:port` pairs, separated by commas. */
  readonly brokers: string;
  /** librdkafka properties by their own names; those that would break the promise are refused (E15). */
  readonly settings?: ClientSettings;
  /** How long a transaction may stay open; the broker ends it then. */
  readonly transactionTimeoutMs: number;
  /** How long to look for a broker before giving up. Default 15 s at first: after 9 s brokers know of one that died. */
  readonly connectTimeoutMs?: number;
  readonly clientId?: string;
  readonly onNotice?: (notice: Notice) => void;
}

/**
 * Rejects with `PRC_BROKERS_INVALID`, `PRC_SETTING_REFUSED`, `PRC_SETTING_INVALID`, `PRC_LOGIN_IN_THE_CLEAR`, with
 * `PRC_TLS_REFUSED` or `PRC_LOGIN_REFUSED` where all brokers refuse, or `PRC_BROKER_UNREACHABLE` where none answers in time.
 */
export async function confluentKafka(options: ConfluentOptions): Promise<Kafka & Admin> {
  const { brokers, settings = {} } = options;
  checkBrokers(brokers);
  // Our own settings are good; the user's are tried.
  if (Object.keys(settings).length > 0) await probeSettings(brokers, settings);
  const kafka = new ConfluentKafka(options);
  await kafka.reach();
  return kafka;
}

/** What tools do with a cluster, and the engine does not. */
export interface Admin {
  /** Every topic, or those named, with partition counts. Internal topics (`__…`) are left out. */
  listTopics(): Promise<readonly TopicSummary[]>;
  /** Partition counts by topic; a topic that does not exist is missing from the map. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The state of each topic that is there, or the error for one that this login may not look at. */
  topicStates(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState | KafkaError>>;
  /** Resolves to false if the topic was there already. */
  createTopic(topic: NewTopic): Promise<boolean>;
}

export interface TopicSummary {
  readonly name: string;
  readonly partitions: number;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config?: Readonly<Record<string, string>>;
}

class ConfluentKafka implements Kafka, Admin {
  readonly lane: LaneTaken;
  readonly #options: ConfluentOptions;
  readonly #settings: ClientSettings;
  readonly #timeoutMs: number;
  readonly #admin: AdminCalls;
  /** The highest version of each request that every broker met so far knows. */
  readonly #apiVersions = new Map<string, number>();
  readonly #complaints = new Complaints();

  constructor(options: ConfluentOptions) {
    const taken = lane();
    this.lane = taken.kind === 'fast' ? { kind: 'fast' } : taken;
    this.#options = options;
    this.#timeoutMs = options.connectTimeoutMs ?? 15_000;
    this.#settings = { ...options.settings, 'bootstrap.servers': options.brokers };
    this.#admin = new AdminCalls(() => this.#openAdmin());
  }

  async reach(): Promise<void> {
    const { brokers } = this.#options;
    try {
      const isHopeless = (): boolean => this.#complaints.isHopeless(brokers);
      await this.#describe(['__consumer_offsets'], { withinMs: this.#timeoutMs, isHopeless });
      await this.#handshakeHeard();
    } catch (cause) {
      await this.close();
      throw await this.#complaints.error(brokers, this.#timeoutMs / 1000, this.#settings, cause);
    }
  }

  openConsumer(options: ConsumerOptions): Promise<Consumer> {
    return openConsumer(options, { settings: this.#settings, gate: threadGate, connectTimeoutMs: this.#connectMs });
  }

  openProducer(options: ProducerOptions): Promise<Producer> {
    return openProducer(options, {
      settings: this.#settings,
      gate: threadGate,
      transactionTimeoutMs: this.#options.transactionTimeoutMs,
      connectTimeoutMs: this.#connectMs,
    });
  }

  /** Any broker that is alive will do for these, so it need not outlast one that is not. */
  get #connectMs(): number {
    return this.#options.connectTimeoutMs ?? 10_000;
  }

  async partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await this.describeTopics(topics);
    return new Map([...found].map(([name, { partitions }]) => [name, partitions]));
  }

  async describeTopics(
    topics: readonly string[],
    withinMs: number = this.#timeoutMs,
  ): Promise<ReadonlyMap<string, TopicDescription>> {
    const found = new Map<string, TopicDescription>();
    // The client takes no question about nothing.
    if (topics.length === 0) return found;
    for (const description of await this.#describe(topics, { withinMs })) {
      const { name, error, partitions } = description;
      if (error?.code === unknownTopic) continue;
      if (error !== undefined) throw toKafkaError(error, `describe ${name}`);
      found.set(name, {
        partitions: partitions.length,
        id: topicIdOf(description),
        mayRead: mayDo('read', description),
      });
    }
    return found;
  }

  async topicStates(topics: readonly string[]): Promise<ReadonlyMap<string, TopicState | KafkaError>> {
    return topicStates(await this.#describe(topics, { withinMs: this.#timeoutMs }));
  }

  async offsetRanges(partitions: readonly TopicPartition[], withinMs?: number): Promise<readonly OffsetRange[]> {
    const lows = await this.#offsets(partitions, earliest, { withinMs });
    const stables = await this.#offsets(partitions, latest, { withinMs });
    return partitions.map((_, i) => ({ low: lows[i] as number, stable: stables[i] as number }));
  }

  highWatermarks(partitions: readonly TopicPartition[]): Promise<readonly number[]> {
    return this.#offsets(partitions, latest, { isolationLevel: readUncommitted });
  }

  async listTopics(): Promise<readonly TopicSummary[]> {
    // The admin client of the binding cannot list topics; a producer's metadata can.
    const raw = new (rawModule().Producer)(adminConfig(this.#settings, 'processor'));
    raw.on('event.error', () => {});
    await call('connect', (callback) => raw.connect({ allTopics: false, timeout: this.#timeoutMs }, callback));
    try {
      const { topics } = await call<{ topics: readonly { name: string; partitions: readonly unknown[] }[] }>(
        'list topics',
        (callback) => raw.getMetadata({ allTopics: true, timeout: this.#timeoutMs }, callback),
      );
      return topics
        .filter(({ name }) => !name.startsWith('__'))
        .map(({ name, partitions }) => ({ name, partitions: partitions.length }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    } finally {
      await new Promise<void>((resolve) => raw.disconnect(0, () => resolve()));
    }
  }

  createTopic({ name, partitions, replicationFactor, config }: NewTopic): Promise<boolean> {
    const topic = {
      topic: name,
      num_partitions: partitions,
      replication_factor: replicationFactor,
      ...(config ? { config } : {}),
    };
    let attempts = 0;
    return this.#admin
      .ask({ doing: `create ${name}`, withinMs: this.#timeoutMs, attemptMs: createTimeoutMs }, (raw, timeoutMs) => {
        attempts++;
        return call<undefined>(`create ${name}`, (callback) =>
          raw.createTopic(topic, timeoutMs, (error) => callback(error, undefined)),
        );
      })
      .then(
        () => true,
        (error: KafkaError) => {
          // Where an attempt before had no answer, that one has most likely made it.
          if (error.code === 'TOPIC_ALREADY_EXISTS') return attempts > 1;
          throw error;
        },
      );
  }

  verifiesTransactions(): boolean {
    // Seen on real brokers: 3.5.2 knows version 3 of it, 3.6.2 version 4, which is the one that verifies.
    return (this.#apiVersions.get(verifying) ?? -1) >= 4;
  }

  close(): Promise<void> {
    return this.#admin.close();
  }

  #openAdmin(): RawAdmin {
    const admin = rawModule().AdminClient.create({
      ...adminConfig(this.#settings, this.#options.clientId ?? 'processor'),
      // The binding does not say which requests a broker knows; the client's log of its handshake does.
      debug: 'feature',
      log_level: 7,
    });
    admin.on('event.log', ({ message, severity, fac }) => {
      if (fac === 'APIVERSION' || fac === 'FEATURE') {
        this.#noteApiVersion(message);
        return;
      }
      this.#complaints.hear(fac, message);
      this.#options.onNotice?.({ level: severity <= 3 ? 'warn' : 'debug', message: `${fac}: ${message}` });
    });
    admin.on('event.error', ({ message }) => this.#complaints.hear('ERROR', message));
    return admin;
  }

  #noteApiVersion(message: string): void {
    const [, api, version] = /ApiKey (\w+) \(\d+\) Versions \d+\.\.(\d+)/.exec(message) ?? [];
    if (api === undefined) return;
    // Of several brokers the oldest counts.
    const known = this.#apiVersions.get(api) ?? Number.POSITIVE_INFINITY;
    this.#apiVersions.set(api, Math.min(known, Number(version)));
  }

  /** The log of a handshake is written before the first answer, but on a busy thread it can be heard after it. */
  async #handshakeHeard(): Promise<void> {
    const deadline = performance.now() + 1000;
    while (!this.#apiVersions.has(verifying) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #describe(topics: readonly string[], options: Omit<AskOptions, 'doing'>): Promise<readonly RawTopicDescription[]> {
    const doing = `describe ${topics.join(', ')}`;
    return this.#admin.ask({ doing, ...options }, (raw, timeout) =>
      call(doing, (callback) => raw.describeTopics(topics, { timeout, includeAuthorizedOperations: true }, callback)),
    );
  }

  #offsets(
    partitions: readonly TopicPartition[],
    timestamp: number,
    {
      isolationLevel = readCommitted,
      withinMs = offsetsWithinMs,
    }: { readonly isolationLevel?: number; readonly withinMs?: number | undefined },
  ): Promise<readonly number[]> {
    const asked = partitions.map(({ topic, partition }) => ({ topic, partition, offset: { timestamp } }));
    return this.#admin.ask({ doing: 'list offsets', withinMs }, async (raw, timeout) => {
      const answer = await call<readonly RawOffset[]>('list offsets', (callback) =>
        raw.listOffsets(asked, { timeout, isolationLevel }, callback),
      );
      return partitions.map((partition) => offsetOf(partition, answer));
    });
  }
}

function offsetOf({ topic, partition }: TopicPartition, answer: readonly RawOffset[]): number {
  const doing = `list offsets of ${topic}/${partition}`;
  const entry = answer.find((one) => one.topic === topic && one.partition === partition);
  if (entry?.error) throw toKafkaError(entry.error, doing);
  // The client has a number for it where a leader did not answer in time, and no error.
  if (entry?.offset === undefined || entry.offset < 0)
    throw new KafkaError('_TIMED_OUT', `${doing}: no answer`, { retriable: true });
  return entry.offset;
}

/** The request whose version tells whether a broker verifies transactions. */
const verifying = 'AddPartitionsToTxn';
/** Whoever asks for offsets asks again, and must not wait behind questions of which nobody wants the answers any more. */
const offsetsWithinMs = 3000;
/** A broker tells of a topic when the others have it. */
const createTimeoutMs = 5000;
const earliest = -2;
const latest = -1;
const readUncommitted = 0;
const readCommitted = 1;

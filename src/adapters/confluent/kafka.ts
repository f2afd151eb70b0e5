// The port `Kafka` over @confluentinc/kafka-javascript: hands out consumers and producers and asks the cluster what no
// partition's owner can know.

import type { TopicPartition } from '../../core/ids.js';
import {
  type Consumer,
  type ConsumerOptions,
  type Kafka,
  KafkaError,
  type Notice,
  type OffsetRange,
  type Producer,
  type ProducerOptions,
} from '../../ports/kafka.js';
import { openConsumer } from './consumer.js';
import { askable, call, retriable, toKafkaError } from './kafka-error.js';
import { probeSettings } from './probe-settings.js';
import { openProducer } from './producer.js';
import { type Callback, type RawAdmin, type RawTopicDescription, rawModule } from './raw-client.js';
import { adminConfig, type ClientSettings } from './settings.js';
import { threadGate } from './threads.js';
import { Complaints } from './unreachable.js';

export type { ClientSettings } from './settings.js';

export interface ConfluentOptions {
  /** `host:port` pairs, separated by commas. */
  readonly brokers: string;
  /** librdkafka properties by their own names; those that would break the promise are refused (E15). */
  readonly settings?: ClientSettings;
  /** How long a transaction may stay open; the broker ends it then. */
  readonly transactionTimeoutMs: number;
  /** How long to look for a broker before giving up. Default 10 s. */
  readonly connectTimeoutMs?: number;
  readonly clientId?: string;
  readonly onNotice?: (notice: Notice) => void;
}

/**
 * Rejects with `PRC_SETTING_REFUSED`, `PRC_SETTING_INVALID`, `PRC_LOGIN_IN_THE_CLEAR`, with `PRC_TLS_REFUSED` or
 * `PRC_LOGIN_REFUSED` where all brokers refuse, or `PRC_BROKER_UNREACHABLE` where none answers in time.
 */
export async function confluentKafka(options: ConfluentOptions): Promise<Kafka & Admin> {
  const { brokers, settings = {} } = options;
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
  readonly #options: ConfluentOptions;
  readonly #settings: ClientSettings;
  #admin: RawAdmin;
  readonly #timeoutMs: number;
  /** The highest version of each request that every broker met so far knows. */
  readonly #apiVersions = new Map<string, number>();
  #underWay: Promise<void> = Promise.resolve();
  #isClosed = false;
  readonly #complaints = new Complaints();

  constructor(options: ConfluentOptions) {
    this.#options = options;
    this.#timeoutMs = options.connectTimeoutMs ?? 10_000;
    this.#settings = { ...options.settings, 'bootstrap.servers': options.brokers };
    this.#admin = this.#openAdmin();
  }

  async reach(): Promise<void> {
    try {
      // In short attempts: each holds a thread, and a process that is told to stop cannot end before it returns.
      const deadline = performance.now() + this.#timeoutMs;
      while (!(await this.#answers(Math.min(1000, this.#timeoutMs), deadline)));
      await this.#handshakeHeard();
    } catch (cause) {
      await this.close();
      throw await this.#complaints.error(this.#options.brokers, this.#timeoutMs / 1000, this.#settings, cause);
    }
  }

  openConsumer(options: ConsumerOptions): Promise<Consumer> {
    return openConsumer(options, { settings: this.#settings, gate: threadGate, connectTimeoutMs: this.#timeoutMs });
  }

  openProducer(options: ProducerOptions): Promise<Producer> {
    return openProducer(options, {
      settings: this.#settings,
      gate: threadGate,
      transactionTimeoutMs: this.#options.transactionTimeoutMs,
      connectTimeoutMs: this.#timeoutMs,
    });
  }

  async partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { name, error, partitions } of await this.#describe(topics)) {
      if (error === undefined) counts.set(name, partitions.length);
      else if (error.code !== unknownTopic) throw toKafkaError(error, `describe ${name}`);
    }
    return counts;
  }

  async offsetRanges(partitions: readonly TopicPartition[]): Promise<readonly OffsetRange[]> {
    const [lows, stables] = await Promise.all([this.#offsets(partitions, earliest), this.#offsets(partitions, latest)]);
    return partitions.map((_, i) => ({ low: lows[i] as number, stable: stables[i] as number }));
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
    return this.#ask<unknown>(`create ${name}`, (callback) =>
      this.#admin.createTopic(topic, this.#timeoutMs, (error) => callback(error, undefined)),
    ).then(
      () => true,
      (error: KafkaError) => {
        if (error.code === 'TOPIC_ALREADY_EXISTS') return false;
        throw error;
      },
    );
  }

  verifiesTransactions(): boolean {
    // Seen on real brokers: 3.5.2 knows version 3 of it, 3.6.2 version 4, which is the one that verifies.
    return (this.#apiVersions.get(verifying) ?? -1) >= 4;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // The client's disconnect waits for a call that is under way, and the whole thread with it.
    await this.#underWay;
    this.#admin.disconnect();
  }

  /**
   * One call of the admin client at a time: it holds a lock over each, and each holds a thread (E14). An answer that did
   * not come in time may be asked for again.
   */
  #ask<T>(doing: string, start: (callback: Callback<T>) => void): Promise<T> {
    const asked = this.#underWay.then(async () => {
      if (this.#isClosed) throw new KafkaError('_DESTROY', `${doing}: the client is closed`, { fatal: true });
      return threadGate.run(() => call<T>(doing, start));
    });
    this.#underWay = asked.then(
      () => {},
      () => {},
    );
    return asked.catch((error: unknown) => {
      throw error instanceof KafkaError ? askable(error) : error;
    });
  }

  /**
   * The client goes on asking with the leader that it once learned, also after a restart of the broker, and with none where
   * it first met a partition that had none: a new one asks anew.
   */
  #staleOr(error: KafkaError): KafkaError {
    if (!staleLeader.has(error.code)) return error;
    this.#replaceAdmin();
    return retriable(error);
  }

  #replaceAdmin(): void {
    const stale = this.#admin;
    this.#admin = this.#openAdmin();
    this.#underWay = this.#underWay.then(() => stale.disconnect());
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
    admin.on('event.error', ({ message }) => {
      this.#complaints.hear('ERROR', message);
    });
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

  /** Whether some broker answered in time. Rejects when the deadline has passed, or for any other reason. */
  async #answers(timeoutMs: number, deadline: number): Promise<boolean> {
    try {
      await this.#describe(['__consumer_offsets'], timeoutMs);
      return true;
    } catch (error) {
      const isOver = performance.now() >= deadline || this.#complaints.isHopeless(this.#options.brokers);
      if ((error as KafkaError).code !== '_TIMED_OUT' || isOver) throw error;
      return false;
    }
  }

  #describe(topics: readonly string[], timeoutMs: number = this.#timeoutMs): Promise<readonly RawTopicDescription[]> {
    return this.#ask(`describe ${topics.join(', ')}`, (callback) =>
      this.#admin.describeTopics(topics, { timeout: timeoutMs }, callback),
    );
  }

  async #offsets(partitions: readonly TopicPartition[], timestamp: number): Promise<readonly number[]> {
    const answer = await this.#ask<
      readonly { topic: string; partition: number; offset?: number; error?: { message: string; code: number } }[]
    >('list offsets', (callback) =>
      this.#admin.listOffsets(
        partitions.map(({ topic, partition }) => ({ topic, partition, offset: { timestamp } })),
        { timeout: Math.min(askTimeoutMs, this.#timeoutMs), isolationLevel: readCommitted },
        callback,
      ),
    ).catch((error: unknown) => {
      throw error instanceof KafkaError ? this.#staleOr(error) : error;
    });
    return partitions.map(({ topic, partition }) => {
      const doing = `list offsets of ${topic}/${partition}`;
      const entry = answer.find((one) => one.topic === topic && one.partition === partition);
      if (entry?.error) throw this.#staleOr(toKafkaError(entry.error, doing));
      // The client has a number for "no answer", too.
      if (entry?.offset === undefined || entry.offset < 0)
        throw new KafkaError('_BAD_MSG', `${doing}: no answer`, { retriable: true });
      return entry.offset;
    });
  }
}

/** The request whose version tells whether a broker verifies transactions. */
const verifying = 'AddPartitionsToTxn';
/** Short, because a process that is told to stop waits for the one that is under way. Whoever asks, asks again. */
const askTimeoutMs = 1000;
const staleLeader: ReadonlySet<string> = new Set([
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  '_NOENT',
  '_LEADER_NOT_AVAILABLE',
]);
const earliest = -2;
const latest = -1;
const readCommitted = 1;
const unknownTopic = 3;

// The other side of a test: what Kafka itself says, over the client's raw layer and none of our own code in between.
// Producers, a reader of whole topics, offsets, deletions. Owns its clients and disconnects them after the file's last test.

import { afterAll } from 'vitest';
import {
  type Callback,
  type RawAdmin,
  type RawConfig,
  type RawConsumer,
  type RawError,
  type RawMessage,
  type RawProducer,
  rawModule,
} from '../../src/adapters/confluent/raw-client.js';
import type { TopicPartition } from '../../src/core/ids.js';
import { eventually } from './engine-wait.js';
import { uniqueName } from './kafka.js';

export interface RawRecord {
  readonly value: string | Uint8Array | null;
  readonly key?: string | Uint8Array | null;
  /** Default 0. */
  readonly partition?: number;
  readonly timestamp?: number;
  readonly headers?: readonly Readonly<Record<string, Uint8Array>>[];
}

export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly bytes: { readonly key: Buffer | null; readonly value: Buffer | null };
}

export interface Ends {
  readonly low: number;
  /** Last stable offset. */
  readonly stable: number;
  /** High watermark. */
  readonly high: number;
}

/** One Kafka cluster as a test sees it. */
export class RawKafka {
  readonly brokers: string;
  readonly #closers: (() => Promise<void>)[] = [];
  #admin: AdminWithMore | undefined;
  #lastRead: Promise<unknown> = Promise.resolve();
  #producer: Promise<RawProducer> | undefined;
  readonly #observers = new Map<string, Promise<RawConsumer>>();
  readonly #readers = new Map<Isolation, Promise<RawConsumer>>();

  constructor(brokers: string) {
    this.brokers = brokers;
    opened.add(this);
  }

  /** Makes a topic with a name of its own and gives that back. */
  async topic(what: string, partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = uniqueName(what);
    await this.createTopic(topic, partitions, config);
    return topic;
  }

  async createTopic(topic: string, partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<void> {
    // As many replicas as the brokers give by themselves: 1, or 3 where there are three.
    // Stories give records timestamps of any year, and brokers begin to look for old ones when they are 30 s old.
    const kept = { 'retention.ms': '-1', ...config };
    const wanted = { topic, num_partitions: partitions, replication_factor: -1, config: kept };
    // A broker that has just come back is fenced for a moment, and takes no partitions.
    await eventually(`${topic} is made`, async () => {
      await promised<unknown>((callback) =>
        this.#admins().createTopic(wanted, 10_000, (error) => callback(error, undefined)),
      );
      return true;
    });
    // The broker answers before every part of it knows the topic.
    await eventually(`${topic} has its leaders`, async () => (await this.partitionCount(topic)) === partitions);
    await eventually(`${topic} answers`, () => this.ends(topic, partitions - 1).then(() => true));
  }

  async deleteTopic(topic: string): Promise<void> {
    await promised<unknown>((callback) =>
      this.#admins().deleteTopic(topic, 5000, (error) => callback(error, undefined)),
    );
    await eventually(`${topic} is gone`, async () => (await this.partitionCount(topic)) === 0);
  }

  /** Adds partitions until there are as many. */
  async grow(topic: string, partitions: number): Promise<void> {
    await promised<unknown>((callback) =>
      this.#admins().createPartitions(topic, partitions, 5000, (error) => callback(error, undefined)),
    );
    await eventually(`${topic} has grown`, async () => (await this.partitionCount(topic)) === partitions);
    // What writes to it would find out some time later.
    const producer = await this.#producer;
    if (producer !== undefined)
      await promised<unknown>((callback) => producer.getMetadata({ topic, timeout: 5000 }, callback));
  }

  async partitionCount(topic: string): Promise<number> {
    const [description] = await promised<readonly { readonly partitions: readonly unknown[] }[]>((callback) =>
      this.#admins().describeTopics([topic], { timeout: 5000 }, callback),
    );
    return description?.partitions.length ?? 0;
  }

  /** Writes records outside of any transaction and waits until they are there. */
  async produce(topic: string, records: readonly (RawRecord | string)[]): Promise<void> {
    this.#producer ??= this.#openProducer({ 'linger.ms': 1 });
    const producer = await this.#producer;
    produceAll(producer, topic, records);
    await flush(producer);
  }

  /** An initialised producer with this transactional id: what an owner of a task is to the broker. */
  async owner(transactionalId: string, config: RawConfig = {}): Promise<RawOwner> {
    const producer = await this.#openProducer({ 'transactional.id': transactionalId, 'linger.ms': 1, ...config });
    await promised<unknown>((callback) => producer.initTransactions(10_000, callback));
    return new RawOwner(producer);
  }

  /** A member of a group that does what the test says and nothing by itself. */
  async consumer(groupId: string, config: RawConfig = {}): Promise<RawConsumer> {
    const consumer = new (rawModule().KafkaConsumer)(
      { 'bootstrap.servers': this.brokers, 'group.id': groupId, 'enable.auto.commit': false, ...config },
      { 'auto.offset.reset': 'earliest' },
    );
    consumer.on('event.error', () => {});
    await promised<unknown>((callback) => consumer.connect({ allTopics: false, timeout: 10_000 }, callback));
    this.#closers.push(() => new Promise((resolve) => consumer.disconnect(() => resolve())));
    return consumer;
  }

  /**
   * Every record of a topic, by partition and offset. `settled`: as a read_committed reader sees it when no transaction is
   * open any more (a commit is acknowledged before its markers are written). The others: what such a reader gets to now.
   */
  async read(topic: string, isolation: 'settled' | Isolation = 'settled'): Promise<ReadRecord[]> {
    if (isolation === 'settled') {
      await eventually(`no transaction is open in ${topic}`, async () =>
        (await this.#allEnds(topic)).every(({ stable, high }) => stable === high),
      );
      return this.read(topic, 'committed');
    }
    // One reader serves one topic at a time.
    const reading = this.#lastRead.then(() => this.#readNow(topic, isolation));
    this.#lastRead = reading.catch(() => {});
    return reading;
  }

  /** The values of `read`. */
  async values(topic: string, isolation: 'settled' | Isolation = 'settled'): Promise<(string | null)[]> {
    return (await this.read(topic, isolation)).map(({ value }) => value);
  }

  /** The same in the order of their texts, for topics whose records come from several tasks. */
  async sorted(topic: string): Promise<string[]> {
    return (await this.values(topic)).map(String).sort((a, b) => (a < b ? -1 : 1));
  }

  async ends(topic: string, partition = 0): Promise<Ends> {
    const offset = async (timestamp: number, isolationLevel: number): Promise<number> => {
      const [entry] = await promised<readonly { readonly offset?: number; readonly error?: RawError }[]>((callback) =>
        this.#admins().listOffsets(
          [{ topic, partition, offset: { timestamp } }],
          { timeout: 5000, isolationLevel },
          callback,
        ),
      );
      if (entry?.offset === undefined || entry.error) throw new Error(`no offset: ${entry?.error?.message ?? ''}`);
      return entry.offset;
    };
    const [low, stable, high] = await Promise.all([offset(-2, 1), offset(-1, 1), offset(-1, 0)]);
    return { low, stable, high };
  }

  /** What the group has committed, whatever is pending; undefined if nothing. */
  async committed(groupId: string, topic: string, partition = 0): Promise<number | undefined> {
    // Not the admin's way of asking: its client dies of a coordinator that moves.
    let observer = this.#observers.get(groupId);
    observer ??= this.consumer(groupId, { 'isolation.level': 'read_uncommitted' });
    this.#observers.set(groupId, observer);
    const consumer = await observer;
    const [entry] = await promised<readonly ({ readonly offset?: number } | Error)[]>((callback) =>
      consumer.committed([{ topic, partition }], 5000, callback),
    );
    if (entry === undefined || entry instanceof Error) throw entry ?? new Error('no answer');
    return entry.offset !== undefined && entry.offset >= 0 ? entry.offset : undefined;
  }

  /** Deletes the records before this offset, as retention does. */
  async deleteRecordsBefore(topic: string, offset: number, partition = 0): Promise<void> {
    await promised<unknown>((callback) =>
      this.#admins().deleteRecords([{ topic, partition, offset }], { timeout: 5000 }, callback),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.splice(0).map((close) => close()));
    this.#admin?.disconnect();
    this.#admin = undefined;
  }

  async #readNow(topic: string, isolation: Isolation): Promise<ReadRecord[]> {
    const ends = await this.#allEnds(topic);
    const open = new Map<number, number>();
    ends.forEach(({ low, stable, high }, partition) => {
      const end = isolation === 'committed' ? stable : high;
      if (low < end) open.set(partition, end);
    });
    const reader = await this.#reader(isolation);
    // Otherwise the client looks for a topic that is new to it at the next full second.
    await promised<unknown>((callback) => reader.getMetadata({ topic, timeout: 5000 }, callback));
    const at = (partition: number): TopicPartition => ({ topic, partition });
    reader.assign([...open.keys()].map((partition) => ({ ...at(partition), offset: ends[partition]?.low ?? 0 })));
    const found: ReadRecord[] = [];
    while (open.size > 0) {
      const messages = await promised<readonly RawMessage[]>((callback) => reader.consume(1000, callback));
      for (const message of messages)
        if (message.offset < (open.get(message.partition) ?? 0)) found.push(toReadRecord(message));
      const positions = reader.position([...open.keys()].map(at)) as readonly {
        readonly partition: number;
        readonly offset?: number;
      }[];
      for (const { partition, offset } of positions)
        if ((offset ?? -1) >= (open.get(partition) ?? 0)) open.delete(partition);
    }
    reader.assign([]);
    return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  }

  async #allEnds(topic: string): Promise<Ends[]> {
    const count = await this.partitionCount(topic);
    return Promise.all(Array.from({ length: count }, (_, partition) => this.ends(topic, partition)));
  }

  #admins(): AdminWithMore {
    this.#admin ??= rawModule().AdminClient.create({ 'bootstrap.servers': this.brokers }) as AdminWithMore;
    return this.#admin;
  }

  #reader(isolation: Isolation): Promise<RawConsumer> {
    let reader = this.#readers.get(isolation);
    if (reader === undefined) {
      // A fetch that waits at the end of one topic would hold back that of the next.
      reader = this.consumer(uniqueName('reader'), { 'isolation.level': `read_${isolation}`, 'fetch.wait.max.ms': 10 });
      void reader.then((consumer) => consumer.setDefaultConsumeTimeout(20));
      this.#readers.set(isolation, reader);
    }
    return reader;
  }

  async #openProducer(config: RawConfig): Promise<RawProducer> {
    const producer = new (rawModule().Producer)({ 'bootstrap.servers': this.brokers, ...config });
    producer.on('event.error', () => {});
    await promised<unknown>((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
    this.#closers.push(() => new Promise((resolve) => producer.disconnect(0, () => resolve())));
    return producer;
  }
}

/** A transactional producer in the test's hands, a step at a time. */
export class RawOwner {
  readonly producer: RawProducer;

  constructor(producer: RawProducer) {
    this.producer = producer;
  }

  begin(): Promise<unknown> {
    return promised((callback) => this.producer.beginTransaction(callback));
  }

  /** Queues records and waits until the broker has them. */
  async send(topic: string, records: readonly (RawRecord | string)[]): Promise<void> {
    produceAll(this.producer, topic, records);
    await flush(this.producer);
  }

  sendOffset(offset: TopicPartition & { readonly offset: number }, consumer: RawConsumer): Promise<unknown> {
    return promised((callback) => this.producer.sendOffsetsToTransaction([offset], consumer, 5000, callback));
  }

  commit(): Promise<unknown> {
    return promised((callback) => this.producer.commitTransaction(10_000, callback));
  }

  abort(): Promise<unknown> {
    return promised((callback) => this.producer.abortTransaction(10_000, callback));
  }

  /** One whole transaction. */
  async write(
    topic: string,
    records: readonly (RawRecord | string)[],
    end: 'commit' | 'abort' = 'commit',
  ): Promise<void> {
    await this.begin();
    await this.send(topic, records);
    await (end === 'commit' ? this.commit() : this.abort());
  }
}

export type Isolation = 'committed' | 'uncommitted';

/** Turns a call of the client into a promise. Rejects with the client's own error, its number as `code`. */
export function promised<T>(start: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value)));
  });
}

interface AdminWithMore extends RawAdmin {
  deleteTopic(topic: string, timeoutMs: number, callback: (error: RawError | null | undefined) => void): void;
  createPartitions(
    topic: string,
    total: number,
    timeoutMs: number,
    callback: (error: RawError | null | undefined) => void,
  ): void;
  deleteRecords(
    partitions: readonly (TopicPartition & { readonly offset: number })[],
    options: { readonly timeout: number },
    callback: Callback<unknown>,
  ): void;
}

const opened = new Set<RawKafka>();

afterAll(async () => {
  await Promise.all([...opened].map((kafka) => kafka.close()));
});

function produceAll(producer: RawProducer, topic: string, records: readonly (RawRecord | string)[]): void {
  for (const record of records) {
    const { value, key, partition, timestamp, headers } = typeof record === 'string' ? { value: record } : record;
    producer.produce(
      topic,
      partition ?? 0,
      toBuffer(value),
      toBuffer(key ?? null),
      timestamp ?? Date.now(),
      undefined,
      headers?.map((header) =>
        Object.fromEntries(Object.entries(header).map(([name, bytes]) => [name, Buffer.from(bytes)])),
      ),
    );
  }
}

function flush(producer: RawProducer): Promise<unknown> {
  return promised((callback) => producer.flush(20_000, callback));
}

function toBuffer(part: string | Uint8Array | null): Buffer | null {
  if (part === null) return null;
  // The client takes an empty buffer of its own for null, but not an empty part of a larger one.
  return part.length === 0 ? Buffer.alloc(1).subarray(0, 0) : Buffer.from(part as string);
}

function toReadRecord({ topic, partition, offset, timestamp, key, value, headers }: RawMessage): ReadRecord {
  return {
    topic,
    partition,
    offset,
    timestamp: timestamp ?? -1,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: (headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, bytes]) => [name, bytes.toString()] as const),
    ),
    bytes: { key, value },
  };
}

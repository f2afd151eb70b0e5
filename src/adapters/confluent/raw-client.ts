// The raw layer of @confluentinc/kafka-javascript, typed as it really behaves (its own types miss or misname several of
// these), and loaded only when it is needed, so that importing the DSL never loads the native addon.

import { createRequire } from 'node:module';
import type { GroupOffset, TopicPartition, TopicPartitionOffset } from '../../core/ids.js';
import { ProcessorError } from '../../errors/processor-error.js';

export interface RawModule {
  readonly KafkaConsumer: new (config: RawConfig, topicConfig: RawConfig) => RawConsumer;
  readonly Producer: new (config: RawConfig, topicConfig?: RawConfig) => RawProducer;
  readonly AdminClient: { create(config: RawConfig): RawAdmin };
  readonly CODES: { readonly ERRORS: Readonly<Record<string, number>> };
  readonly features: readonly string[];
  readonly librdkafkaVersion: string;
}

export type RawConfig = Record<
  string,
  string | number | boolean | RebalanceCallback | DeliveryCallback | OffsetCommitCallback
>;
/** `partitions` are those of one commit; `error` stands for all of them. */
export type OffsetCommitCallback = (error: RawError | undefined, partitions: readonly TopicPartitionOffset[]) => void;
export type RebalanceCallback = (error: RawError | undefined, partitions: readonly TopicPartition[]) => void;
export type DeliveryCallback = (error: RawError | null, report: { readonly opaque?: unknown }) => void;
export type Callback<T> = (error: RawError | null | undefined, value: T) => void;

export interface RawError {
  readonly message: string;
  readonly code: number;
  readonly isFatal?: boolean;
  readonly isRetriable?: boolean;
  readonly isTxnRequiresAbort?: boolean;
}

export interface RawMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp?: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly size: number;
  readonly headers?: readonly Readonly<Record<string, Buffer>>[];
}

/** What `event.log` carries: syslog severity, facility and text. */
export interface RawLog {
  readonly severity: number;
  readonly fac: string;
  readonly message: string;
}

interface RawClient {
  /** The client's name of its own, which no other in this process has. Known once it is connected. */
  readonly name: string;
  isConnected(): boolean;
  connect(options: { readonly allTopics: false; readonly timeout: number }, callback: Callback<unknown>): void;
  on(event: 'event.log', listener: (log: RawLog) => void): this;
  on(event: 'event.error', listener: (error: RawError) => void): this;
  getMetadata(
    options: { readonly topic?: string; readonly allTopics?: boolean; readonly timeout: number },
    callback: Callback<RawMetadata>,
  ): void;
}

export interface RawMetadata {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly { readonly id: number }[] }[];
}

export interface RawConsumer extends RawClient {
  on(event: 'event.log', listener: (log: RawLog) => void): this;
  on(event: 'event.error', listener: (error: RawError) => void): this;
  on(event: 'partition.eof', listener: (end: TopicPartitionOffset) => void): this;
  subscribe(topics: readonly string[]): void;
  unsubscribe(): void;
  /**
   * Reads these partitions and no others: those that an eager group has given, or, in place of `subscribe`, without any
   * group. Where the group is not eager, it fails.
   */
  assign(partitions: readonly TopicPartitionOffset[]): void;
  /** Reads nothing any more; the answer to a revocation of an eager group. */
  unassign(): void;
  setDefaultConsumeTimeout(timeoutMs: number): void;
  consume(count: number, callback: Callback<readonly RawMessage[]>): void;
  incrementalAssign(partitions: readonly (TopicPartition | TopicPartitionOffset)[]): void;
  incrementalUnassign(partitions: readonly TopicPartition[]): void;
  assignmentLost(): boolean;
  /** Asks the client's own thread, which answers when it has done what it was told before. */
  rebalanceProtocol(): string;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Entries of partitions that were not consumed yet have no offset. */
  position(partitions: readonly TopicPartition[]): readonly { readonly offset?: number }[];
  /** Low and high watermark, as a fetch has last brought them. */
  getWatermarkOffsets(topic: string, partition: number): { readonly lowOffset: number; readonly highOffset: number };
  /** An entry is a partition with or without an offset, or an `Error` without a code. */
  committed(
    partitions: readonly TopicPartition[],
    timeoutMs: number,
    callback: Callback<readonly (Partial<GroupOffset> | Error)[]>,
  ): void;
  /** Low and high watermark, whatever the isolation. */
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeoutMs: number,
    callback: Callback<{ readonly lowOffset: number; readonly highOffset: number }>,
  ): void;
  /** `offset` is a timestamp in the question and an offset in the answer, -1 where there is no record as late. */
  offsetsForTimes(
    partitions: readonly TopicPartitionOffset[],
    timeoutMs: number,
    callback: Callback<readonly TopicPartitionOffset[]>,
  ): void;
  /** Calls back when the commit is queued, which says nothing about the group: that comes to `offset_commit_cb`. */
  commitCb(
    partitions: readonly (TopicPartition & { readonly offset: number; readonly metadata?: string })[],
    callback: (error: RawError | null) => void,
  ): void;
  disconnect(callback: (error: RawError | null) => void): void;
}

export interface RawProducer extends RawClient {
  initTransactions(timeoutMs: number, callback: Callback<unknown>): void;
  beginTransaction(callback: Callback<unknown>): void;
  sendOffsetsToTransaction(
    offsets: readonly TopicPartitionOffset[],
    consumer: RawConsumer,
    timeoutMs: number,
    callback: Callback<unknown>,
  ): void;
  commitTransaction(timeoutMs: number, callback: Callback<unknown>): void;
  abortTransaction(timeoutMs: number, callback: Callback<unknown>): void;
  /** `opaque` must be undefined where no delivery callback is set: anything else leaks. */
  produce(
    topic: string,
    partition: number,
    value: Buffer | null,
    key: Buffer | null,
    timestamp: number,
    opaque: unknown,
    headers: readonly Readonly<Record<string, Buffer>>[] | undefined,
  ): void;
  poll(): void;
  setPollInterval(intervalMs: number): void;
  flush(timeoutMs: number, callback: Callback<unknown>): void;
  disconnect(flushTimeoutMs: number, callback: (error: RawError | null) => void): void;
}

export interface RawAdmin {
  on(event: 'event.log', listener: (log: RawLog) => void): this;
  on(event: 'event.error', listener: (error: RawError) => void): this;
  listOffsets(
    partitions: readonly (TopicPartition & { readonly offset: { readonly timestamp: number } })[],
    options: { readonly timeout: number; readonly isolationLevel: number },
    callback: Callback<readonly RawOffset[]>,
  ): void;
  describeTopics(
    topics: readonly string[],
    options: { readonly timeout: number; readonly includeAuthorizedOperations?: boolean },
    callback: Callback<readonly RawTopicDescription[]>,
  ): void;
  createTopic(
    topic: {
      readonly topic: string;
      readonly num_partitions: number;
      readonly replication_factor: number;
      readonly config?: Readonly<Record<string, string>>;
    },
    timeoutMs: number,
    callback: (error: RawError | null | undefined) => void,
  ): void;
  disconnect(): void;
}

export interface RawOffset extends TopicPartition {
  readonly offset?: number;
  readonly error?: RawError;
}

export interface RawTopicDescription {
  readonly name: string;
  readonly topicId: { readonly base64: string };
  /** Numbers of Kafka's operations; missing where the broker does not say. */
  readonly authorizedOperations?: readonly number[];
  readonly error?: RawError;
  readonly partitions: readonly RawPartitionDescription[];
}

export interface RawPartitionDescription {
  readonly partition: number;
  /** Null where there is none. */
  readonly leader: unknown;
  readonly replicas: readonly unknown[];
  /** The replicas that have all of it. */
  readonly isr: readonly unknown[];
}

let loaded: RawModule | undefined;

/** Loads the native addon; the second call costs nothing. Throws `PRC_CLIENT_MISSING` if it was not built. */
export function rawModule(): RawModule {
  try {
    loaded ??= createRequire(import.meta.url)('@confluentinc/kafka-javascript') as RawModule;
    return loaded;
  } catch (cause) {
    throw new ProcessorError(
      'PRC_CLIENT_MISSING',
      { node: process.version, reason: (cause as Error).message.split('\n')[0] ?? '' },
      { cause },
    );
  }
}

/** The words that the client has for an error's number, such as `Broker: Group authorization failed`. */
export function errorText(code: number): string {
  texts ??= createRequire(import.meta.url)('@confluentinc/kafka-javascript/librdkafka.js') as {
    err2str(code: number): string;
  };
  return texts.err2str(code);
}

let texts: { err2str(code: number): string } | undefined;

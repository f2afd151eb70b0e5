// What the engine needs of Kafka. The adapter over the real client and the model in memory implement it alike; the engine
// cannot tell which one it runs on. Every comment here is part of the contract, what is *not* promised included.
//
// Every promise rejects with a `KafkaError` or not at all. A call with a `timeoutMs` may return later than that (a
// blocked native call cannot be called back): whoever needs a bound races it.

import type { GroupOffset, TopicPartition, TopicPartitionOffset, TransactionalId } from '../core/ids.js';
import type { OutputBatch } from './output-batch.js';
import type { RecordBatch } from './record-batch.js';

export interface Kafka {
  /** The way that records take through the client, where there are two of them. For logs and metrics only. */
  readonly lane?: LaneTaken;
  /** Opens a member of a consumer group, which joins at once. It hears what it is given, and stays a member, by its polls. */
  openConsumer(options: ConsumerOptions): Promise<Consumer>;
  /** Opens a producer that is connected, but not initialised. */
  openProducer(options: ProducerOptions): Promise<Producer>;
  /**
   * What the cluster knows of these topics; one that does not exist is missing from the map. `withinMs`: for how long it is
   * asked. Default: as long as it is looked for at first.
   */
  describeTopics(topics: readonly string[], withinMs?: number): Promise<ReadonlyMap<string, TopicDescription>>;
  /**
   * The lowest offset that is still there and the last stable offset, by partition, in the order asked.
   * Rejects as a whole: an answer never misses a partition. `withinMs`: for how long it is asked, as in `describeTopics`.
   */
  offsetRanges(partitions: readonly TopicPartition[], withinMs?: number): Promise<readonly OffsetRange[]>;
  /** The high watermarks: how far the logs reach, open transactions included. In the order asked, none is missing. */
  highWatermarks(partitions: readonly TopicPartition[]): Promise<readonly number[]>;
  /**
   * Whether the brokers met so far check that a partition belongs to the transaction that writes to it (KIP-890 part 1,
   * Kafka 3.6): without that, a late request can leave a transaction open for ever.
   */
  verifiesTransactions(): boolean;
  /** Closes what belongs to no consumer or producer. */
  close(): Promise<void>;
}

/** Both lanes keep the same promises; the fast one makes no object for each record. */
export type LaneTaken = { readonly kind: 'fast' } | { readonly kind: 'slow'; readonly reason: string };

export interface TopicDescription {
  readonly partitions: number;
  /** Another one with the same name, made after this one was deleted, has another id. Undefined where brokers know of none. */
  readonly id: string | undefined;
  /** Whether this login may read it; true also where the brokers do not say. */
  readonly mayRead: boolean;
}

export interface OffsetRange {
  /** Log start offset. */
  readonly low: number;
  /** Last stable offset: a read_committed reader can get as far as this. */
  readonly stable: number;
}

/** The furthest place where a reader may stand: a log that begins amid an open transaction is stable up to before its beginning. */
export function endOf({ low, stable }: OffsetRange): number {
  return Math.max(low, stable);
}

export interface ConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly clientId: string;
  /**
   * Called while a `poll` is under way or a turn of the event loop behind it, one event at a time; the group waits until it is
   * answered between polls.
   */
  onRebalance(event: Rebalance): void;
  /** Something the client wants to say; for logs only, no rule depends on it (E20). */
  onNotice(notice: Notice): void;
}

/**
 * The group gives or takes partitions. `assigned` is answered by `accept`, `revoked` and `lost` by `unassign`, each
 * between two polls. Until then the group's other members wait, and none of this member's partitions delivers.
 * `lost` means that somebody else may own them already. It can come as `revoked` when the loss happens during a rebalance.
 */
export interface Rebalance {
  readonly kind: 'assigned' | 'revoked' | 'lost';
  readonly partitions: readonly TopicPartition[];
}

export interface Notice {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/**
 * A member of a group, read_committed, without automatic commits. One `poll` at a time; `accept`, `assign`, `unassign`,
 * `rewind`, `pause` and `resume` only between two polls (E3): they throw if a poll is under way.
 */
export interface Consumer {
  /**
   * Records that are there, at least one if any comes within `timeoutMs`, at most `recordsMax` (from 1 on), a batch per partition: each
   * record once, in the order of the offsets, from where `assign` or `rewind` said.
   * May be empty. Consume errors are not reported here, they are notices: no rule depends on them (E20). Rejects, sooner or
   * later, only where this member will never work again, and where the brokers deny it its group or one of its topics. A
   * partition delivers nothing before `assign`, and after `unassign` or `rewind` nothing of before.
   */
  poll(recordsMax: number, timeoutMs: number): Promise<readonly RecordBatch[]>;
  /** Accepts an `assigned` event without reading anything yet. @throws where the event is another one */
  accept(): void;
  /**
   * Starts reading accepted partitions at these offsets. Not paused, whatever was before. In an eager group, a loss that has been
   * raised and that no poll has brought yet may come as `revoked` then.
   * @throws where one of them is read already and the group is not eager
   */
  assign(partitions: readonly TopicPartitionOffset[]): void;
  /**
   * Answers a `revoked` or `lost` event; names those of its partitions that `assign` was called for, possibly none.
   * @throws where the event is another one, or one of those is not named
   */
  unassign(partitions: readonly TopicPartition[]): void;
  /**
   * Reads an assigned partition again from this offset. Where a revocation has been raised that no poll has brought yet, this
   * may answer it: then its partitions get a new owner, who fences this one, without E5's time to finish.
   * @throws where it is not read and the group is not eager
   */
  rewind(partition: TopicPartitionOffset): void;
  /** Stops delivering; drops what was prefetched. Survives `unassign` in the real client: `assign` resumes explicitly. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /**
   * Where an assigned partition is read next; undefined until a poll has found something in it, if only markers. Between two
   * polls only.
   */
  position(partition: TopicPartition): number | undefined;
  /**
   * The group's committed offset of a partition, with no transaction's offsets pending (waits for them). Undefined: the
   * group has none. An error is never "none" (E2).
   */
  committed(partition: TopicPartition, timeoutMs: number): Promise<GroupOffset | undefined>;
  /**
   * Commits outside any transaction, for the guarantees that allow it. Resolves when the group has the offset. The answer
   * comes through while a `poll` is under way; no thread is blocked meanwhile.
   */
  commit(offset: TopicPartition & GroupOffset): Promise<void>;
  /**
   * Resolves when the group has had the time to say that this member is out, if it is: two heartbeats. The word itself comes
   * as an event, with a `poll`.
   */
  hearGroup(): Promise<void>;
  /**
   * Leaves the group and releases everything; a static member of the classic protocol stays in it until its session is over, or it
   * is back. Answers revocations by itself: the caller has finished its tasks.
   */
  close(): Promise<void>;
}

export type ProducerOptions =
  | { readonly kind: 'transactional'; readonly transactionalId: TransactionalId; readonly clientId: string }
  | { readonly kind: 'idempotent'; readonly clientId: string };

/**
 * One producer of one task; one call at a time. A transactional one: `init`, then transactions of `begin`, `send`,
 * `sendOffsets` and `commit`, or `abort`. An idempotent one: `deliver` only.
 */
export interface Producer {
  /**
   * Whether a connection or a call of this producer has failed since it was opened: then a late request of it may still reach
   * a broker, and hit its next transaction (E7). What the client has to say can come up to two turns of the event loop
   * after the call that it concerns.
   */
  readonly isTainted: boolean;
  /** Fences every producer with the same id and settles its transaction (E2). */
  init(timeoutMs: number): Promise<void>;
  begin(): Promise<void>;
  /** Hands all outputs to the transaction; resolves when they are queued. What a broker refuses shows at `commit`. */
  send(outputs: OutputBatch): Promise<void>;
  /** Adds offsets to the transaction under the *current* membership of `consumer` (E4). */
  sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    consumer: Consumer,
    timeoutMs: number,
    guard: Guard,
  ): Promise<void>;
  /** Resumable: after a retriable failure the same call goes on where it stood (E8). */
  commit(timeoutMs: number, guard: Guard): Promise<void>;
  /** Resumable like `commit`. Sends what is on its way before it aborts (E11). */
  abort(timeoutMs: number): Promise<void>;
  /**
   * Sends outside any transaction; resolves when the brokers have acknowledged every record, rejects with a `DeliveryError` if
   * one was refused.
   */
  deliver(outputs: OutputBatch, timeoutMs: number): Promise<void>;
  /**
   * Never calls the client again; disconnects when the call that is under way has returned, however long that takes
   * (E8). Resolves when it is disconnected.
   */
  close(): Promise<void>;
}

/**
 * Called synchronously right before a call is handed to the client, after everything that it had to wait for. What it
 * throws rejects the call, and nothing is sent (E4).
 */
export type Guard = () => void;

/**
 * A failed call, as data. The flags are the client's own words: `retriable` means the same call may be made again,
 * `abortable` that the transaction must be aborted, `fenced` that a newer producer has this id, `fatal` that this
 * producer will not work again.
 */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  /** The name of the Kafka or client error, e.g. `ILLEGAL_GENERATION`, `_TIMED_OUT`. */
  readonly code: string;
  readonly retriable: boolean;
  readonly abortable: boolean;
  readonly fenced: boolean;
  readonly fatal: boolean;

  constructor(code: string, message: string, flags: KafkaErrorFlags = {}, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.retriable = flags.retriable ?? false;
    this.abortable = flags.abortable ?? false;
    this.fenced = flags.fenced ?? false;
    this.fatal = flags.fatal ?? false;
  }
}

/** Not all records of a `deliver` were acknowledged. */
export class DeliveryError extends KafkaError {
  /** How many were. Of the others, those that had no answer may be in the topic all the same. */
  readonly acknowledged: number;

  constructor(cause: KafkaError, acknowledged: number) {
    super(cause.code, cause.message, cause, { cause });
    this.acknowledged = acknowledged;
  }
}

/**
 * What brokers say once and for all: what this login may not do, how the group shares its partitions, how long a session may
 * last. The same answer comes until somebody changes that, and nothing was done: it is no reason to ask again, whatever the
 * flags say.
 */
export const finalWords: ReadonlySet<string> = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_SESSION_TIMEOUT',
]);

/**
 * The codes by which the client says that it had no answer: nothing is known then, least of all that anything is wrong but the
 * connection, of which the client speaks by itself.
 */
export const unanswered: ReadonlySet<string> = new Set([
  '_TIMED_OUT',
  '_TRANSPORT',
  '_WAIT_COORD',
  '_ALL_BROKERS_DOWN',
]);

export interface KafkaErrorFlags {
  readonly retriable?: boolean;
  readonly abortable?: boolean;
  readonly fenced?: boolean;
  readonly fatal?: boolean;
}

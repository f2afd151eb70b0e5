// The brokers of the model: topics with their logs, the coordinators of transactions and groups, and which node leads or
// coordinates what. A request is served in one go when it arrives; how it gets here, and its answer back, is network.ts.

import type { TopicPartition } from '../core/ids.js';
import type { OffsetRange, TopicDescription } from '../ports/kafka.js';
import type { GroupCoordinator, OffsetEvent, Reply } from './group-coordinator.js';
import type { GroupTimes } from './group-kip848.js';
import { Groups } from './groups.js';
import type { Kernel } from './kernel.js';
import type { Node, NodeId } from './node.js';
import {
  type BatchOrigin,
  PartitionLog,
  type ProducerEpoch,
  type ReadFrom,
  type ReadRecords,
  type Retention,
  type SentRecord,
} from './partition-log.js';
import { Placement } from './placement.js';
import type { Coordinated, Place } from './places.js';
import { defaultRules, type RecordRules } from './record-rules.js';
import { Refusal } from './refusal.js';
import { type TopicConfig, Topics } from './topics.js';
import { TransactionCoordinator } from './transaction-coordinator.js';
import { Verification } from './verification.js';
import { WaitingFetches } from './waiting-fetches.js';

export interface ClusterOptions {
  /** How long a marker takes to its partition, in milliseconds. */
  readonly markerMs: () => number;
  /** How many brokers there are. Default 1. */
  readonly nodes?: number;
  /** How long a coordinator reads what its predecessor has written, in milliseconds. Default: no time. */
  readonly loadMs?: () => number;
  /** After how long unused transactional ids are forgotten. Default: Kafka's, a week. */
  readonly transactionalIdExpirationMs?: number;
  /** How often is looked for transactions whose time is over, in milliseconds. Default: Kafka's, ten seconds. */
  readonly timeoutLookMs?: number;
  /** After how long a partition forgets a producer that does not write to it. Default: Kafka's, a day. */
  readonly producerIdExpirationMs?: number;
  /** What topics take that are made without rules of their own. Default: Kafka's. */
  readonly recordRules?: Partial<RecordRules>;
  /** What the brokers say of groups by KIP-848. Default: Kafka's. */
  readonly groupTimes?: GroupTimes;
  /** Is told what becomes of the offsets of all groups. */
  readonly onOffset?: (groupId: string, event: OffsetEvent) => void;
}

export class Cluster {
  readonly transactions: TransactionCoordinator;
  readonly #kernel: Kernel;
  readonly #topics: Topics;
  readonly #placement: Placement;
  readonly #groups: Groups;
  readonly #waiting: WaitingFetches;
  readonly #verification: Verification;

  constructor(kernel: Kernel, options: ClusterOptions) {
    this.#kernel = kernel;
    this.#waiting = new WaitingFetches(kernel);
    this.#placement = new Placement(kernel, options.nodes ?? 1, () => this.#topics, {
      loadMs: options.loadMs ?? (() => 0),
      leaderMoved: (partition) => this.#waiting.changed(partition),
      coordinatorGone: (of) => {
        if (of.kind === 'group') this.#groups.unload(of.groupId);
      },
      coordinatorMoved: (of, loadMs) =>
        of.kind === 'group' ? this.#groups.load(of.groupId, loadMs) : this.transactions.reload(of.transactionalId),
    });
    this.#groups = new Groups(kernel, {
      partitionsOf: (topic) => this.partitionsOf(topic),
      times: options.groupTimes ?? { sessionMs: 45_000, heartbeatMs: 5000, assignmentMs: 1000 },
      onOffset: options.onOffset,
    });
    const producerExpirationMs = options.producerIdExpirationMs ?? 86_400_000;
    this.#topics = new Topics(
      this.nodes,
      { ...defaultRules, ...options.recordRules },
      () => new PartitionLog({ wallMs: () => kernel.wallMs, producerExpirationMs }),
    );
    this.transactions = new TransactionCoordinator({
      kernel,
      markerMs: options.markerMs,
      expirationMs: options.transactionalIdExpirationMs ?? 604_800_000,
      timeoutLookMs: options.timeoutLookMs ?? 10_000,
      readyAtMs: (transactionalId) => this.#placement.readyAtMs({ kind: 'transactions', transactionalId }),
      writeMarker: (partition, producer, outcome) => {
        const found = this.#topics.find(partition);
        // What is deleted needs no marker.
        if (found === undefined) return true;
        if (!found.leader.isUp) return false;
        found.log.end(producer, outcome);
        this.#waiting.changed(partition);
        return true;
      },
      endOffsets: (groupId, producer, outcome) => {
        if (!this.#placement.isReady({ kind: 'group', groupId })) return false;
        this.group(groupId).endOffsets(producer, outcome);
        return true;
      },
    });
    this.#verification = new Verification(this.transactions, (transactionalId) =>
      this.#placement.isReady({ kind: 'transactions', transactionalId }),
    );
  }

  createTopic(name: string, partitions: number, config?: TopicConfig): void {
    this.#topics.create(name, partitions, config);
  }

  deleteTopic(name: string): void {
    const partitions = this.#topics.partitionsOf(name);
    this.#topics.delete(name);
    this.#groups.forget(name);
    for (let partition = 0; partition < partitions; partition++) this.#waiting.changed({ topic: name, partition });
  }

  /** Deletes it and makes another one of its name: its id is new, its logs are empty. */
  remakeTopic(name: string, partitions: number = this.partitionsOf(name)): void {
    this.deleteTopic(name);
    this.createTopic(name, partitions);
  }

  /** From now on it takes records with keys only, and `compact` leaves the newest of each. */
  keepNewest(topic: string): void {
    this.#topics.keepNewest(topic);
  }

  growTopic(name: string, partitions: number): void {
    this.#topics.grow(name, partitions);
  }

  describeTopics(names: readonly string[]): Map<string, TopicDescription> {
    return this.#topics.describe(names);
  }

  get topics(): readonly string[] {
    return this.#topics.names;
  }

  partitionsOf(topic: string): number {
    return this.#topics.partitionsOf(topic);
  }

  /** Undefined where there is none of that name. */
  topicId(name: string): string | undefined {
    return this.#topics.idOf(name);
  }

  /** @throws UNKNOWN_TOPIC_ID where the topic of that name is another one, or gone */
  requireTopic(name: string, id: string | undefined): void {
    if (this.#topics.idOf(name) !== id) throw new Refusal('UNKNOWN_TOPIC_ID');
  }

  /** @throws UNKNOWN_TOPIC_OR_PART */
  log(partition: TopicPartition): PartitionLog {
    return this.#topics.require(partition).log;
  }

  group(groupId: string): GroupCoordinator {
    return this.#groups.get(groupId);
  }

  offsetRange(partition: TopicPartition): OffsetRange {
    const { low, stable } = this.log(partition);
    return { low, stable };
  }

  produce(partition: TopicPartition, records: readonly SentRecord[], origin?: BatchOrigin): number {
    const log = this.log(partition);
    // The leader asks the coordinator when a transaction comes to a partition, and not again until it has ended there.
    if (origin?.isTransactional && !log.hasOpen(origin)) this.#verification.ofRecords(origin, partition);
    this.#topics.requireTaken(partition.topic, records, this.#kernel.wallMs);
    const offset = log.append(records, origin);
    this.#waiting.changed(partition);
    return offset;
  }

  /**
   * Whether a group may take offsets into a transaction. It asks when the first ones come, and not again until that has ended there.
   * @throws INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS
   */
  verifyOffsets(producer: ProducerEpoch, groupId: string): void {
    if (this.group(groupId).hasPending(producer)) return;
    this.#verification.ofOffsets(producer, groupId);
  }

  /** Answers when there is something to read, or nothing has come for as long as the reader waits. */
  fetch(partition: TopicPartition, from: ReadFrom, waitMs: number, reply: Reply<ReadRecords>): void {
    const { log, leader } = this.#topics.require(partition);
    const read = log.read(from);
    if (read.next > from.offset) return reply.resolve(read);
    this.#waiting.add(partition, waitMs, () => {
      try {
        const now = this.#topics.require(partition);
        if (now.leader !== leader) throw new Refusal('NOT_LEADER_OR_FOLLOWER');
        reply.resolve(now.log.read(from));
      } catch (error) {
        reply.reject(error as Refusal);
      }
    });
  }

  /**
   * The log begins at this offset from now on: whoever reads below it is out of range.
   *
   * @throws OFFSET_OUT_OF_RANGE for one beyond the end
   */
  deleteRecords(partition: TopicPartition, before: number): void {
    this.log(partition).deleteBefore(before);
    this.#waiting.changed(partition);
  }

  /** Deletes from the beginning what is older, and what is too much. */
  retain(partition: TopicPartition, retention: Retention): void {
    this.log(partition).retain(retention);
    this.#waiting.changed(partition);
  }

  /** Of each key the newest record stays; offsets stay what they are. Default: tombstones go with the next compaction. */
  compact(partition: TopicPartition, { deleteRetentionMs = 0 }: { readonly deleteRetentionMs?: number } = {}): void {
    this.log(partition).compact({ deleteRetentionMs });
    this.#waiting.changed(partition);
  }

  /** As if nobody had used what is idle for long: transactional ids, and what partitions know of producers. */
  expireIds(): void {
    this.transactions.forgetIdle();
    for (const topic of this.topics)
      for (let partition = 0; partition < this.partitionsOf(topic); partition++)
        this.log({ topic, partition }).forgetProducers();
  }

  get nodes(): readonly Node[] {
    return this.#placement.nodes;
  }

  /** Where that is served now. */
  nodeOf(place: Place): Node {
    return this.#placement.nodeOf(place);
  }

  /** @throws NOT_LEADER_OR_FOLLOWER, NOT_COORDINATOR, COORDINATOR_LOAD_IN_PROGRESS */
  require(node: Node, place: Place): void {
    this.#placement.require(node, place);
  }

  /** Its followers are never behind: nothing is lost by it. */
  moveLeader(partition: TopicPartition, to: NodeId): void {
    this.#placement.moveLeader(partition, to);
  }

  /** The new one knows what was written down, and answers when it has read that. What waits in the old one is sent away. */
  moveCoordinator(of: Coordinated, to: NodeId, loadMs?: number): void {
    this.#placement.moveCoordinator(of, to, loadMs);
  }

  /**
   * The node goes down, with all connections to it and whatever waits in it, and is back after `downMs`. What it leads and
   * coordinates goes to others after `failoverMs`, if any is up; what does not waits for it.
   */
  restart(node: NodeId, downMs: number, failoverMs = 0): void {
    this.#placement.restart(node, downMs, failoverMs);
  }
}

// The brokers of the model as one: topics with their logs, the coordinator of transactions and those of the groups. A request is
// served in one go when it arrives; how it gets here, and its answer back, is network.ts.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { OffsetRange, TopicDescription } from '../ports/kafka.js';
import { GroupCoordinator, type OffsetEvent } from './group-coordinator.js';
import type { GroupTimes } from './group-kip848.js';
import type { Kernel } from './kernel.js';
import { type BatchOrigin, PartitionLog, type ReadFrom, type ReadRecords, type SentRecord } from './partition-log.js';
import { Refusal } from './refusal.js';
import { TransactionCoordinator } from './transaction-coordinator.js';

interface Topic {
  readonly id: string;
  readonly logs: PartitionLog[];
}

export interface ClusterOptions {
  /** How long a marker takes to its partition, in milliseconds. */
  readonly markerMs: () => number;
  /** What the brokers say of groups by KIP-848. Default: Kafka's. */
  readonly groupTimes?: GroupTimes;
  /** Is told what becomes of the offsets of all groups. */
  readonly onOffset?: (groupId: string, event: OffsetEvent) => void;
}

export class Cluster {
  readonly transactions: TransactionCoordinator;
  readonly #kernel: Kernel;
  readonly #topics = new Map<string, Topic>();
  readonly #groups = new Map<string, GroupCoordinator>();
  /** Readers that wait until there is more to read, by partition. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #topicIds = 0;

  readonly #groupTimes: GroupTimes;
  readonly #onOffset: ClusterOptions['onOffset'];

  constructor(kernel: Kernel, { markerMs, groupTimes, onOffset }: ClusterOptions) {
    this.#kernel = kernel;
    this.#groupTimes = groupTimes ?? { sessionMs: 45_000, heartbeatMs: 5000, assignmentMs: 1000 };
    this.#onOffset = onOffset;
    this.transactions = new TransactionCoordinator({
      kernel,
      markerMs,
      writeMarker: (partition, producer, outcome) => {
        this.log(partition).end(producer, outcome);
        this.#changed(partition);
      },
      endOffsets: (groupId, producer, outcome) => this.group(groupId).endOffsets(producer, outcome),
    });
  }

  createTopic(name: string, partitions: number): void {
    if (this.#topics.has(name)) throw new Error(`topic '${name}' exists already`);
    const logs = Array.from({ length: partitions }, () => new PartitionLog());
    this.#topics.set(name, { id: `topic-${++this.#topicIds}`, logs });
  }

  describeTopics(names: readonly string[]): Map<string, TopicDescription> {
    return new Map(
      names.flatMap((name) => {
        const topic = this.#topics.get(name);
        return topic ? [[name, { partitions: topic.logs.length, id: topic.id, mayRead: true }] as const] : [];
      }),
    );
  }

  get topics(): readonly string[] {
    return [...this.#topics.keys()];
  }

  partitionsOf(topic: string): number {
    return this.#topics.get(topic)?.logs.length ?? 0;
  }

  /** @throws UNKNOWN_TOPIC_OR_PART */
  log({ topic, partition }: TopicPartition): PartitionLog {
    const log = this.#topics.get(topic)?.logs[partition];
    if (log === undefined) throw new Refusal('UNKNOWN_TOPIC_OR_PART');
    return log;
  }

  group(groupId: string): GroupCoordinator {
    let group = this.#groups.get(groupId);
    if (group !== undefined) return group;
    group = new GroupCoordinator(this.#kernel, {
      partitionsOf: (topic) => this.partitionsOf(topic),
      times: this.#groupTimes,
      onOffset: (event) => this.#onOffset?.(groupId, event),
    });
    this.#groups.set(groupId, group);
    return group;
  }

  offsetRange(partition: TopicPartition): OffsetRange {
    const { low, stable } = this.log(partition);
    return { low, stable };
  }

  produce(partition: TopicPartition, records: readonly SentRecord[], origin?: BatchOrigin): number {
    const log = this.log(partition);
    if (origin?.isTransactional) this.transactions.verify(origin, partition);
    const offset = log.append(records, origin);
    this.#changed(partition);
    return offset;
  }

  /** Answers when there is something to read, or nothing has come for as long as the reader waits. */
  fetch(partition: TopicPartition, from: ReadFrom, waitMs: number, answer: (read: ReadRecords) => void): void {
    const read = this.log(partition).read(from);
    if (read.next > from.offset) return answer(read);
    const waiting = this.#waitingFor(partition);
    const isThere = (): void => {
      cancel();
      waiting.delete(isThere);
      answer(this.log(partition).read(from));
    };
    const cancel = this.#kernel.schedule(waitMs, isThere);
    waiting.add(isThere);
  }

  #changed(partition: TopicPartition): void {
    for (const isThere of this.#waitingFor(partition)) isThere();
  }

  #waitingFor(partition: TopicPartition): Set<() => void> {
    const key = partitionKey(partition);
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, (waiting = new Set()));
    return waiting;
  }
}

// The coordinator of one group: by which protocol its members belong to it, and whether an offset that somebody brings may
// count. The first member decides about the protocol, until the group is empty again.

import type { GroupOffset, TopicPartition } from '../core/ids.js';
import type { Assignments } from './assignors.js';
import { ClassicGroup } from './group-classic.js';
import type { JoinAnswer, JoinRequest } from './group-classic-member.js';
import { type GroupTimes, Kip848Group } from './group-kip848.js';
import type { HeartbeatAnswer, HeartbeatRequest } from './group-kip848-member.js';
import { GroupOffsets, type OffsetEvent } from './group-offsets.js';
import type { Kernel } from './kernel.js';
import type { Outcome, ProducerEpoch } from './partition-log.js';
import { Refusal } from './refusal.js';

export type { OffsetEvent } from './group-offsets.js';

/** Whose request this is, and whose offsets (KIP-447). */
export interface Membership {
  readonly memberId: string;
  /** By KIP-848 the member's epoch. */
  readonly generation: number;
  /** Undefined for a member that is not static. */
  readonly instanceId: string | undefined;
}

/** Answers a request that was kept waiting. */
export interface Reply<T> {
  resolve(answer: T): void;
  reject(refusal: Refusal): void;
}

export interface GroupOptions {
  readonly partitionsOf: (topic: string) => number;
  readonly times: GroupTimes;
  readonly onOffset: (event: OffsetEvent) => void;
}

type Offsets = readonly (TopicPartition & GroupOffset)[];

export class GroupCoordinator {
  readonly #classic: ClassicGroup;
  readonly #kip848: Kip848Group;
  readonly #offsets: GroupOffsets;

  constructor(kernel: Kernel, { partitionsOf, times, onOffset }: GroupOptions) {
    this.#classic = new ClassicGroup(kernel);
    this.#kip848 = new Kip848Group(kernel, partitionsOf, times);
    this.#offsets = new GroupOffsets(onOffset);
  }

  join(request: JoinRequest, reply: Reply<JoinAnswer>): void {
    if (!this.#kip848.isEmpty) return reply.reject(new Refusal('INCONSISTENT_GROUP_PROTOCOL'));
    this.#classic.join(request, reply);
  }

  sync(membership: Membership, assignments: Assignments | undefined, reply: Reply<readonly TopicPartition[]>): void {
    this.#classic.sync(membership, assignments, reply);
  }

  /** @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID, REBALANCE_IN_PROGRESS */
  heartbeat(membership: Membership): void {
    this.#classic.heartbeat(membership);
  }

  leave(memberId: string): void {
    this.#classic.leave(memberId);
  }

  /**
   * By KIP-848. Brokers can move a group with members from one protocol to the other; here they do not.
   * @throws UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, UNRELEASED_INSTANCE_ID, FENCED_INSTANCE_ID, GROUP_ID_NOT_FOUND
   */
  consumerHeartbeat(request: HeartbeatRequest): HeartbeatAnswer {
    if (!this.#classic.isEmpty) throw new Refusal('GROUP_ID_NOT_FOUND');
    return this.#kip848.heartbeat(request);
  }

  /** By KIP-848. */
  consumerLeave(membership: Membership): void {
    this.#kip848.leave(membership);
  }

  /** @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, STALE_MEMBER_EPOCH, FENCED_INSTANCE_ID, REBALANCE_IN_PROGRESS */
  commit(membership: Membership, offsets: Offsets): void {
    this.#check(membership, offsets, false);
    this.#offsets.commit(offsets);
  }

  /** They become the group's when the transaction is committed. @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID */
  commitInTransaction(producer: ProducerEpoch, membership: Membership, offsets: Offsets): void {
    this.#check(membership, offsets, true);
    this.#offsets.addPending(producer, offsets);
  }

  /** Whether it has offsets of this producer in hand. */
  hasPending(producer: ProducerEpoch): boolean {
    return this.#offsets.hasPending(producer);
  }

  endOffsets(producer: ProducerEpoch, outcome: Outcome): void {
    this.#offsets.endPending(producer, outcome);
  }

  /** @throws UNSTABLE_OFFSET_COMMIT while a transaction has an offset of the partition in hand */
  committed(partition: TopicPartition): GroupOffset | undefined {
    return this.#offsets.committed(partition);
  }

  /** Its coordinator is no more. What KIP-848 knows of a group is written down at once. */
  unload(): void {
    this.#classic.unload();
  }

  /** Another one has read what was written. */
  load(): void {
    this.#classic.load();
  }

  /** The topic is gone, and what the group has committed of it. */
  forget(topic: string): void {
    this.#offsets.forget(topic);
  }

  #check(membership: Membership, offsets: Offsets, isInTransaction: boolean): void {
    if (this.#kip848.isEmpty) this.#classic.checkCommit(membership, isInTransaction);
    else this.#kip848.checkCommit(membership, offsets, isInTransaction);
  }
}

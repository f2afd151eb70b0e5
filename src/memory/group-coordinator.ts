// The coordinator of one group: who its members are, what they agree on, and the group's offsets, with those that wait for a
// transaction to end. Kafka's classic protocol; how partitions are shared is for the members' leader to say.

import { type GroupOffset, partitionKey, type TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';
import type { Outcome, ProducerEpoch } from './partition-log.js';
import { Refusal } from './refusal.js';

export interface JoinRequest {
  /** '' from somebody who is new. */
  readonly memberId: string;
  readonly clientId: string;
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
  readonly sessionMs: number;
  /** How long the group waits for this member to join again. */
  readonly rebalanceMs: number;
}

export interface JoinAnswer {
  readonly generation: number;
  /** Empty for all but the leader. */
  readonly members: readonly GroupMember[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly topics: readonly string[];
  readonly owned: readonly TopicPartition[];
}

/** By member. */
export type Assignments = ReadonlyMap<string, readonly TopicPartition[]>;

/** Whose offsets are these, as the group is told with each of them (KIP-447). */
export interface Membership {
  readonly memberId: string;
  readonly generation: number;
}

/** What becomes of an offset, for whoever watches: `pending` ones wait for the transaction of their producer. */
export interface OffsetEvent extends TopicPartition {
  readonly what: 'pending' | 'committed' | 'forgotten';
  readonly offset: number;
  /** Undefined outside transactions. */
  readonly producerId: number | undefined;
}

/** Answers a request that was kept waiting. */
export interface Reply<T> {
  resolve(answer: T): void;
  reject(refusal: Refusal): void;
}

interface Member extends GroupMember {
  readonly sessionMs: number;
  readonly rebalanceMs: number;
  topics: readonly string[];
  owned: readonly TopicPartition[];
  joining: Reply<JoinAnswer> | undefined;
  syncing: Reply<readonly TopicPartition[]> | undefined;
  assigned: readonly TopicPartition[];
  cancelSession: () => void;
}

export class GroupCoordinator {
  readonly #kernel: Kernel;
  readonly #members = new Map<string, Member>();
  /** Ids that were given out and that nobody has come back with yet. */
  readonly #expected = new Set<string>();
  readonly #offsets = new Map<string, GroupOffset>();
  readonly #pending = new Map<number, Map<string, TopicPartition & GroupOffset>>();
  #state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty';
  #generation = 0;
  #leader = '';
  #ids = 0;
  #cancelRebalance: () => void = () => {};

  readonly #onOffset: (event: OffsetEvent) => void;

  constructor(kernel: Kernel, onOffset: (event: OffsetEvent) => void = () => {}) {
    this.#kernel = kernel;
    this.#onOffset = onOffset;
  }

  /** Answered when everybody has joined. */
  join(request: JoinRequest, reply: Reply<JoinAnswer>): void {
    const { memberId } = request;
    if (memberId === '') {
      const given = `${request.clientId}-${++this.#ids}`;
      this.#expected.add(given);
      return reply.reject(new Refusal('MEMBER_ID_REQUIRED', given));
    }
    const known = this.#members.get(memberId);
    if (!known && !this.#expected.delete(memberId)) return reply.reject(new Refusal('UNKNOWN_MEMBER_ID'));
    const { topics, owned, sessionMs, rebalanceMs } = request;
    const member: Member = known ?? {
      memberId,
      topics,
      owned,
      sessionMs,
      rebalanceMs,
      joining: undefined,
      syncing: undefined,
      assigned: [],
      cancelSession: () => {},
    };
    member.topics = topics;
    member.owned = owned;
    member.joining = reply;
    // While it waits for the others it cannot be thought dead.
    member.cancelSession();
    this.#members.set(memberId, member);
    if (this.#state !== 'preparing') this.#prepare();
    this.#completeIfAllJoined();
  }

  /** The leader brings the assignments; the others wait for theirs. */
  sync(membership: Membership, assignments: Assignments | undefined, reply: Reply<readonly TopicPartition[]>): void {
    const member = this.#member(membership, reply);
    if (member === undefined) return;
    if (this.#state === 'preparing') return reply.reject(new Refusal('REBALANCE_IN_PROGRESS'));
    if (this.#state === 'stable') return reply.resolve(member.assigned);
    member.syncing = reply;
    if (member.memberId !== this.#leader || assignments === undefined) return;
    this.#state = 'stable';
    for (const one of this.#members.values()) {
      one.assigned = assignments.get(one.memberId) ?? [];
      one.syncing?.resolve(one.assigned);
      one.syncing = undefined;
      this.#heard(one);
    }
  }

  /** @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS */
  heartbeat(membership: Membership): void {
    const member = this.#require(membership);
    this.#heard(member);
    if (this.#state === 'preparing') throw new Refusal('REBALANCE_IN_PROGRESS');
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member) this.#remove(member);
  }

  /** @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS */
  commit(membership: Membership, offsets: readonly (TopicPartition & GroupOffset)[]): void {
    this.#heard(this.#require(membership));
    if (this.#state === 'completing') throw new Refusal('REBALANCE_IN_PROGRESS');
    for (const one of offsets) this.#settle(one, undefined);
  }

  /** They become the group's when the transaction is committed. @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION */
  commitInTransaction(
    producer: ProducerEpoch,
    membership: Membership,
    offsets: readonly (TopicPartition & GroupOffset)[],
  ): void {
    this.#require(membership);
    const pending = this.#pending.get(producer.id) ?? new Map<string, TopicPartition & GroupOffset>();
    for (const one of offsets) {
      pending.set(partitionKey(one), one);
      this.#onOffset({ what: 'pending', ...one, producerId: producer.id });
    }
    this.#pending.set(producer.id, pending);
  }

  endOffsets(producer: ProducerEpoch, outcome: Outcome): void {
    const pending = this.#pending.get(producer.id) ?? [];
    this.#pending.delete(producer.id);
    for (const [, one] of pending)
      if (outcome === 'commit') this.#settle(one, producer.id);
      else this.#onOffset({ what: 'forgotten', ...one, producerId: producer.id });
  }

  #settle(one: TopicPartition & GroupOffset, producerId: number | undefined): void {
    const { offset, metadata } = one;
    this.#offsets.set(partitionKey(one), { offset, metadata });
    this.#onOffset({ what: 'committed', ...one, producerId });
  }

  /** @throws UNSTABLE_OFFSET_COMMIT while a transaction has an offset of the partition in hand */
  committed(partition: TopicPartition): GroupOffset | undefined {
    const key = partitionKey(partition);
    for (const pending of this.#pending.values()) if (pending.has(key)) throw new Refusal('UNSTABLE_OFFSET_COMMIT');
    return this.#offsets.get(key);
  }

  #prepare(): void {
    this.#state = 'preparing';
    for (const one of this.#members.values()) {
      one.syncing?.reject(new Refusal('REBALANCE_IN_PROGRESS'));
      one.syncing = undefined;
    }
    const waitMs = Math.max(...[...this.#members.values()].map(({ rebalanceMs }) => rebalanceMs));
    this.#cancelRebalance();
    this.#cancelRebalance = this.#kernel.schedule(waitMs, () => {
      for (const member of this.#members.values()) if (!member.joining) this.#forget(member);
      this.#completeIfAllJoined();
    });
  }

  #completeIfAllJoined(): void {
    if (this.#state !== 'preparing') return;
    const members = [...this.#members.values()];
    if (members.some(({ joining }) => !joining)) return;
    this.#cancelRebalance();
    this.#generation++;
    this.#state = members.length === 0 ? 'empty' : 'completing';
    if (!this.#members.has(this.#leader)) this.#leader = members[0]?.memberId ?? '';
    const all = members.map(({ memberId, topics, owned }) => ({ memberId, topics, owned }));
    for (const member of members) {
      const { joining } = member;
      member.joining = undefined;
      this.#heard(member);
      joining?.resolve({ generation: this.#generation, members: member.memberId === this.#leader ? all : [] });
    }
  }

  #heard(member: Member): void {
    member.cancelSession();
    member.cancelSession = this.#kernel.schedule(member.sessionMs, () => this.#remove(member));
  }

  #remove(member: Member): void {
    this.#forget(member);
    if (this.#state !== 'preparing') this.#prepare();
    this.#completeIfAllJoined();
  }

  #forget(member: Member): void {
    member.cancelSession();
    this.#members.delete(member.memberId);
    member.joining?.reject(new Refusal('UNKNOWN_MEMBER_ID'));
    member.syncing?.reject(new Refusal('UNKNOWN_MEMBER_ID'));
  }

  #require({ memberId, generation }: Membership): Member {
    const member = this.#members.get(memberId);
    if (!member) throw new Refusal('UNKNOWN_MEMBER_ID');
    if (generation !== this.#generation) throw new Refusal('ILLEGAL_GENERATION');
    return member;
  }

  #member(membership: Membership, reply: Reply<never>): Member | undefined {
    try {
      return this.#require(membership);
    } catch (error) {
      reply.reject(error as Refusal);
      return undefined;
    }
  }
}

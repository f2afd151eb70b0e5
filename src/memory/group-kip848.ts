// The coordinator's side of KIP-848: it shares the partitions itself and leads each member there by its heartbeats. A member lets
// go, says so, and only then is anybody else given what it had. Every member has an epoch of its own, which goes up without an
// event where nothing of its own changes.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import { type Assignments, uniform } from './assignors.js';
import type { Membership } from './group-coordinator.js';
import {
  checkEpoch,
  type HeartbeatAnswer,
  type HeartbeatRequest,
  type Held,
  type Member,
} from './group-kip848-member.js';
import { Session } from './group-session.js';
import type { Kernel } from './kernel.js';
import { Refusal } from './refusal.js';

/** What brokers say of all their groups (`group.consumer.*`). */
export interface GroupTimes {
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  /** Partitions are shared anew at most so often. */
  readonly assignmentMs: number;
}

export class Kip848Group {
  readonly #kernel: Kernel;
  readonly #partitionsOf: (topic: string) => number;
  readonly #times: GroupTimes;
  readonly #members = new Map<string, Member>();
  /** The epoch of the group, and the one at which the partitions were shared last. */
  #epoch = 0;
  #targetEpoch = 0;
  #target: Assignments = new Map();
  #isSharing = false;
  #sharedMs = Number.NEGATIVE_INFINITY;
  /** What the topics were like when they were looked at last. */
  #seen = '';

  constructor(kernel: Kernel, partitionsOf: (topic: string) => number, times: GroupTimes) {
    this.#kernel = kernel;
    this.#partitionsOf = partitionsOf;
    this.#times = times;
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** @throws UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, UNRELEASED_INSTANCE_ID, FENCED_INSTANCE_ID */
  heartbeat(request: HeartbeatRequest): HeartbeatAnswer {
    const { generation: epoch, topics, rebalanceMs, owned } = request;
    const member = epoch === 0 ? this.#join(request) : this.#require(request);
    if (epoch !== 0) checkEpoch(member, epoch, owned);
    if (rebalanceMs !== undefined) member.rebalanceMs = rebalanceMs;
    const hasChanged = topics !== undefined && topics.join() !== member.topics.join();
    if (hasChanged) member.topics = topics;
    this.#look(hasChanged);
    const before = member.assigned;
    this.#reconcile(member, owned);
    member.session.heard();
    // Who tells everything has lost an answer, perhaps the one that said what it may have.
    const isWhole = topics !== undefined && rebalanceMs !== undefined && owned !== undefined;
    const isNews =
      epoch === 0 ||
      isWhole ||
      before.size !== member.assigned.size ||
      [...before.keys()].some((one) => !member.assigned.has(one));
    return {
      epoch: member.epoch,
      heartbeatMs: this.#times.heartbeatMs,
      assigned: isNews ? [...member.assigned.values()].map(({ partition }) => partition) : undefined,
    };
  }

  /** A static member that stays away for its session's time keeps what it has. */
  leave({ memberId, instanceId }: Membership): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    if (instanceId === undefined) return this.#remove(member);
    member.isAway = true;
    member.epoch = awayEpoch;
    member.revoked.clear();
  }

  /** @throws UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH, or ILLEGAL_GENERATION in a transaction, which knows no other word for it */
  checkCommit(membership: Membership, partitions: readonly TopicPartition[], isInTransaction: boolean): void {
    const { memberId, generation, instanceId } = membership;
    const isNobody = memberId === '' && generation < 0 && instanceId === undefined;
    if (isNobody && (isInTransaction || this.isEmpty)) return;
    const member = this.#members.get(memberId);
    if (member === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    if (generation === member.epoch) return;
    // An older epoch will do for what it had at that epoch already and has not been seen to let go (KIP-1251).
    const isItsOwn = (partition: TopicPartition): boolean => {
      const key = partitionKey(partition);
      const held = member.assigned.get(key) ?? member.revoked.get(key);
      return held !== undefined && generation >= held.epoch;
    };
    if (generation > member.epoch || !partitions.every(isItsOwn))
      throw new Refusal(isInTransaction ? 'ILLEGAL_GENERATION' : 'STALE_MEMBER_EPOCH');
  }

  #join({ memberId, instanceId }: HeartbeatRequest): Member {
    const known = this.#members.get(memberId);
    if (known && !known.isAway) return known;
    const named = instanceId === undefined ? undefined : this.#named(instanceId);
    if (named && !named.isAway) throw new Refusal('UNRELEASED_INSTANCE_ID');
    const member: Member = {
      memberId,
      instanceId,
      session: new Session(this.#kernel, { ms: this.#times.sessionMs, isOver: () => this.#remove(member) }),
      topics: named?.topics ?? [],
      rebalanceMs: 0,
      epoch: 0,
      previousEpoch: 0,
      assigned: named?.assigned ?? new Map<string, Held>(),
      revoked: new Map(),
      isAway: false,
      cancelRebalance: () => {},
    };
    if (named) this.#replace(named, member);
    this.#members.set(memberId, member);
    return member;
  }

  /** A static member is back under another id, and is given what it had. */
  #replace(before: Member, member: Member): void {
    before.session.end();
    before.cancelRebalance();
    this.#members.delete(before.memberId);
    const target = new Map(this.#target);
    target.delete(before.memberId);
    target.set(member.memberId, this.#target.get(before.memberId) ?? []);
    this.#target = target;
  }

  #require({ memberId, instanceId }: HeartbeatRequest): Member {
    const named = instanceId === undefined ? undefined : this.#named(instanceId);
    if (named && named.memberId !== memberId) throw new Refusal('FENCED_INSTANCE_ID');
    const member = this.#members.get(memberId);
    if (member === undefined) throw new Refusal('UNKNOWN_MEMBER_ID');
    return member;
  }

  /** Whether there is something to share anew: other members, other topics or more partitions. */
  #look(hasChanged: boolean): void {
    const topics = [...new Set([...this.#members.values()].flatMap((member) => member.topics))].sort();
    const seen = topics.map((topic) => `${topic}:${this.#partitionsOf(topic)}`).join();
    if (hasChanged || seen !== this.#seen) this.#epoch++;
    this.#seen = seen;
    if (this.#epoch === this.#targetEpoch || this.#isSharing) return;
    this.#isSharing = true;
    const waitMs = this.#sharedMs + this.#times.assignmentMs - this.#kernel.nowMs;
    this.#kernel.schedule(waitMs, () => this.#share());
  }

  #share(): void {
    this.#isSharing = false;
    this.#sharedMs = this.#kernel.nowMs;
    const members = [...this.#members.values()].map(({ memberId, instanceId, topics }) => ({
      memberId,
      instanceId,
      topics,
      owned: this.#target.get(memberId) ?? [],
    }));
    this.#target = members.length > 0 ? uniform(members, this.#partitionsOf) : new Map();
    this.#targetEpoch = this.#epoch;
  }

  /** The next step of a member towards its share. */
  #reconcile(member: Member, owned: readonly TopicPartition[] | undefined): void {
    const hasLetGo = (): boolean => owned?.every((one) => !member.revoked.has(partitionKey(one))) ?? false;
    if (member.revoked.size > 0 && !hasLetGo()) return;
    const isSettled = member.revoked.size === 0 && member.epoch === this.#targetEpoch;
    member.revoked.clear();
    member.cancelRebalance();
    const target = this.#target.get(member.memberId) ?? [];
    const wanted = new Set(target.map(partitionKey));
    if (isSettled && member.assigned.size === wanted.size) return;
    const kept = new Map([...member.assigned].filter(([key]) => wanted.has(key)));
    const revoked = new Map([...member.assigned].filter(([key]) => !wanted.has(key)));
    member.assigned = kept;
    if (revoked.size > 0) {
      member.revoked = revoked;
      if (!hasLetGo()) return this.#awaitRevocation(member);
      member.revoked.clear();
    }
    this.#move(member, this.#targetEpoch);
    for (const partition of target) {
      const key = partitionKey(partition);
      if (!kept.has(key) && this.#isFree(key)) kept.set(key, { partition, epoch: member.epoch });
    }
  }

  #awaitRevocation(member: Member): void {
    const { epoch } = member;
    member.cancelRebalance = this.#kernel.schedule(member.rebalanceMs, () => {
      if (member.epoch === epoch && member.revoked.size > 0) this.#remove(member);
    });
  }

  #move(member: Member, epoch: number): void {
    if (member.epoch === epoch) return;
    member.previousEpoch = member.epoch;
    member.epoch = epoch;
  }

  #isFree(key: string): boolean {
    for (const { assigned, revoked } of this.#members.values()) if (assigned.has(key) || revoked.has(key)) return false;
    return true;
  }

  #remove(member: Member): void {
    member.session.end();
    member.cancelRebalance();
    this.#members.delete(member.memberId);
    this.#epoch++;
  }

  #named(instanceId: string): Member | undefined {
    for (const member of this.#members.values()) if (member.instanceId === instanceId) return member;
    return undefined;
  }
}

/** What KIP-848 gives to a static member that will come back. */
const awayEpoch = -2;

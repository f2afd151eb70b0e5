// The coordinator's side of Kafka's classic protocol: everybody joins, the leader shares the partitions, everybody is told.
// A static member (`group.instance.id`) that comes back is given its place again.

import type { TopicPartition } from '../core/ids.js';
import type { Assignments } from './assignors.js';
import { type JoinAnswer, type JoinRequest, type Member, sameOnes } from './group-classic-member.js';
import { ClassicMembers } from './group-classic-members.js';
import type { Membership, Reply } from './group-coordinator.js';
import type { Kernel } from './kernel.js';
import { Refusal } from './refusal.js';

/** What a coordinator writes down, so that another one can go on from there. */
interface Written {
  readonly generation: number;
  readonly leader: string;
  readonly members: readonly Member[];
}

export class ClassicGroup {
  readonly #kernel: Kernel;
  readonly #members: ClassicMembers;
  #state: 'empty' | 'preparing' | 'completing' | 'stable' = 'empty';
  #generation = 0;
  #leader = '';
  #written: Written = { generation: 0, leader: '', members: [] };
  #cancelRebalance: () => void = () => {};

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#members = new ClassicMembers(kernel, {
      missed: (member) => this.#remove(member),
      awaitedInVain: () => this.#completeIfAllJoined(),
    });
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /** Answered when everybody has joined. */
  join(request: JoinRequest, reply: Reply<JoinAnswer>): void {
    const { memberId, instanceId, strategy } = request;
    for (const other of this.#members.all)
      if (other.strategy !== strategy) return reply.reject(new Refusal('INCONSISTENT_GROUP_PROTOCOL'));
    if (memberId === '') return this.#joinAnew(request, reply);
    const known = this.#members.get(memberId);
    if (this.#members.isFenced(memberId, instanceId)) return reply.reject(new Refusal('FENCED_INSTANCE_ID'));
    if (!known && !this.#members.takeAwaited(memberId)) return reply.reject(new Refusal('UNKNOWN_MEMBER_ID'));
    if (!known) return this.#add(memberId, request, reply);
    const isAsBefore = request.topics.join() === known.topics.join() && sameOnes(request.owned, known.owned);
    // Either its answer was lost, or it comes with nothing new, which counts for the leader alone. What a cooperative member
    // brings names its last generation, and so is always new.
    const isIdle = this.#state === 'stable' && memberId !== this.#leader && strategy === 'range';
    const needsNoOther = isAsBefore && (this.#state === 'completing' || isIdle);
    known.topics = request.topics;
    known.owned = request.owned;
    if (needsNoOther) return reply.resolve(this.#answerTo(known));
    this.#await(known, reply);
  }

  /** The leader brings the assignments; the others wait for theirs. */
  sync(membership: Membership, assignments: Assignments | undefined, reply: Reply<readonly TopicPartition[]>): void {
    const member = this.#member(membership, reply);
    if (member === undefined) return;
    if (this.#state === 'preparing') return reply.reject(new Refusal('REBALANCE_IN_PROGRESS'));
    if (this.#state === 'stable') {
      member.session.heard();
      return reply.resolve(member.assigned);
    }
    member.syncing = reply;
    if (member.memberId !== this.#leader || assignments === undefined) return;
    this.#state = 'stable';
    this.#cancelRebalance();
    for (const one of this.#members.all) {
      one.assigned = assignments.get(one.memberId) ?? [];
      if (one.syncing) one.session.heard();
      one.syncing?.resolve(one.assigned);
      one.syncing = undefined;
    }
    this.#write();
  }

  /** @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID, REBALANCE_IN_PROGRESS */
  heartbeat(membership: Membership): void {
    this.#require(membership).session.heard();
    if (this.#state === 'preparing') throw new Refusal('REBALANCE_IN_PROGRESS');
  }

  leave(memberId: string): void {
    const member = this.#members.get(memberId);
    if (member) this.#remove(member);
    else if (this.#members.takeAwaited(memberId)) this.#completeIfAllJoined();
  }

  /** @throws UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID, REBALANCE_IN_PROGRESS */
  checkCommit(membership: Membership, isInTransaction: boolean): void {
    const { memberId, generation, instanceId } = membership;
    const isNobody = memberId === '' && generation < 0 && instanceId === undefined;
    // As brokers do it: in a transaction, whoever says nothing of a membership is not asked for one.
    if (isNobody && (isInTransaction || this.isEmpty)) return;
    const member = this.#require(membership);
    if (isInTransaction) return;
    member.session.heard();
    if (this.#state === 'completing') throw new Refusal('REBALANCE_IN_PROGRESS');
  }

  /** Its coordinator is no more: whoever waits is sent away. */
  unload(): void {
    this.#cancelRebalance();
    this.#members.unload();
  }

  /** Another one knows of the members that were told their partitions together, and of nobody who has come or gone since. */
  load(): void {
    const { generation, leader, members } = this.#written;
    this.#members.reload(members);
    this.#generation = generation;
    this.#leader = leader;
    this.#state = members.length === 0 ? 'empty' : 'stable';
  }

  #joinAnew(request: JoinRequest, reply: Reply<JoinAnswer>): void {
    const { clientId, instanceId, sessionMs } = request;
    const given = this.#members.newId(clientId);
    if (instanceId === undefined) {
      this.#members.await(given, sessionMs);
      return reply.reject(new Refusal('MEMBER_ID_REQUIRED', given));
    }
    const before = this.#members.named(instanceId);
    if (before === undefined) return this.#add(given, request, reply);
    this.#members.remove(before, 'FENCED_INSTANCE_ID');
    const { assigned, owned } = before;
    const isLeader = before.memberId === this.#leader;
    const member = this.#members.add(given, { ...request, owned }, assigned);
    if (isLeader) this.#leader = given;
    if (this.#state !== 'stable') return this.#await(member, reply);
    // Nobody hears of it. It is not told that it leads: a stable group takes no other assignments.
    member.session.heard();
    this.#write();
    reply.resolve({ memberId: given, generation: this.#generation, members: [] });
  }

  #add(memberId: string, request: JoinRequest, reply: Reply<JoinAnswer>): void {
    this.#await(this.#members.add(memberId, request, []), reply);
  }

  #await(member: Member, reply: Reply<JoinAnswer>): void {
    member.joining = reply;
    // While it waits for the others it cannot be thought dead.
    member.session.hold();
    if (this.#state !== 'preparing') this.#prepare();
    this.#completeIfAllJoined();
  }

  #prepare(): void {
    this.#state = 'preparing';
    for (const one of this.#members.all) {
      one.syncing?.reject(new Refusal('REBALANCE_IN_PROGRESS'));
      one.syncing = undefined;
    }
    this.#within(() => {
      // A static member that does not come keeps its place as long as its session.
      for (const member of this.#members.all)
        if (!member.joining && member.instanceId === undefined) this.#members.remove(member, 'UNKNOWN_MEMBER_ID');
      this.#complete();
    });
  }

  #completeIfAllJoined(): void {
    if (this.#state === 'preparing' && this.#members.haveJoined) this.#complete();
  }

  #complete(): void {
    this.#cancelRebalance();
    const members = this.#members.all;
    const joined = members.filter(({ joining }) => joining);
    // Only absent static members are left: it goes on when their sessions are over, or one of them comes.
    if (joined.length === 0 && members.length > 0) return;
    this.#generation++;
    this.#state = members.length === 0 ? 'empty' : 'completing';
    if (members.length === 0) this.#write();
    if (!this.#members.get(this.#leader)?.joining) this.#leader = joined[0]?.memberId ?? '';
    for (const member of joined) {
      const { joining } = member;
      member.joining = undefined;
      member.session.heard();
      joining?.resolve(this.#answerTo(member));
    }
    if (joined.length > 0)
      this.#within(() => {
        for (const member of joined)
          if (!member.syncing && this.#members.get(member.memberId) === member) this.#remove(member);
      });
  }

  #answerTo({ memberId }: Member): JoinAnswer {
    const all = memberId === this.#leader ? this.#members.all : [];
    return {
      memberId,
      generation: this.#generation,
      members: all.map((one) => ({
        memberId: one.memberId,
        instanceId: one.instanceId,
        topics: one.topics,
        owned: one.owned,
      })),
    };
  }

  #write(): void {
    this.#written = { generation: this.#generation, leader: this.#leader, members: this.#members.all };
  }

  /** As long as the most patient member waits for the others. */
  #within(isOver: () => void): void {
    const waitMs = Math.max(...this.#members.all.map(({ rebalanceMs }) => rebalanceMs));
    this.#cancelRebalance();
    this.#cancelRebalance = this.#kernel.schedule(waitMs, isOver);
  }

  #remove(member: Member): void {
    this.#members.remove(member, 'UNKNOWN_MEMBER_ID');
    if (this.#state === 'empty') return;
    if (this.#state !== 'preparing') this.#prepare();
    this.#completeIfAllJoined();
  }

  #require(membership: Membership): Member {
    const member = this.#members.require(membership);
    if (membership.generation !== this.#generation) throw new Refusal('ILLEGAL_GENERATION');
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

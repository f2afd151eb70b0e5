// Who belongs to a classic group: by id, by name where a member is static, and those that were given an id and are awaited with it.

import type { TopicPartition } from '../core/ids.js';
import type { JoinRequest, Member } from './group-classic-member.js';
import type { Membership } from './group-coordinator.js';
import { Session } from './group-session.js';
import type { Kernel } from './kernel.js';
import { Refusal } from './refusal.js';

export interface MembersHost {
  /** It was not heard of for its session's time. */
  missed(member: Member): void;
  /** Nobody has come back with an id for a session's time. */
  awaitedInVain(): void;
}

export class ClassicMembers {
  readonly #kernel: Kernel;
  readonly #host: MembersHost;
  readonly #byId = new Map<string, Member>();
  /** Who has which name, of the static members. */
  readonly #byName = new Map<string, string>();
  /** Ids that were given out and that nobody has come back with yet; the function stops waiting. */
  readonly #awaited = new Map<string, () => void>();
  #ids = 0;

  constructor(kernel: Kernel, host: MembersHost) {
    this.#kernel = kernel;
    this.#host = host;
  }

  get all(): readonly Member[] {
    return [...this.#byId.values()];
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Whether nobody is awaited, and each has asked to join. */
  get haveJoined(): boolean {
    if (this.#awaited.size > 0) return false;
    for (const { joining } of this.#byId.values()) if (!joining) return false;
    return true;
  }

  get(memberId: string): Member | undefined {
    return this.#byId.get(memberId);
  }

  named(instanceId: string): Member | undefined {
    return this.#byId.get(this.#byName.get(instanceId) ?? '');
  }

  /** Whether somebody else has its name by now. */
  isFenced(memberId: string, instanceId: string | undefined): boolean {
    const owner = instanceId === undefined ? undefined : this.#byName.get(instanceId);
    return owner !== undefined && owner !== memberId;
  }

  newId(clientId: string): string {
    return `${clientId}-${++this.#ids}`;
  }

  /** The group waits for whoever was given this id, as for a member, for a session's time. */
  await(memberId: string, sessionMs: number): void {
    const giveUp = (): void => {
      this.#awaited.delete(memberId);
      this.#host.awaitedInVain();
    };
    this.#awaited.set(memberId, this.#kernel.schedule(sessionMs, giveUp));
  }

  /** Whether it was awaited; from now on it is not. */
  takeAwaited(memberId: string): boolean {
    this.#awaited.get(memberId)?.();
    return this.#awaited.delete(memberId);
  }

  add(memberId: string, request: JoinRequest, assigned: readonly TopicPartition[]): Member {
    const { instanceId, strategy, topics, owned, sessionMs, rebalanceMs } = request;
    const member: Member = {
      memberId,
      instanceId,
      strategy,
      topics,
      owned,
      rebalanceMs,
      session: new Session(this.#kernel, { ms: sessionMs, isOver: () => this.#host.missed(member) }),
      joining: undefined,
      syncing: undefined,
      assigned,
    };
    this.#put(member);
    return member;
  }

  /** What it waits for is refused. */
  remove(member: Member, code: 'UNKNOWN_MEMBER_ID' | 'FENCED_INSTANCE_ID'): void {
    const { memberId, instanceId } = member;
    member.session.end();
    this.#byId.delete(memberId);
    if (instanceId !== undefined) this.#byName.delete(instanceId);
    member.joining?.reject(new Refusal(code));
    member.syncing?.reject(new Refusal(code));
  }

  /** Nobody is waited for any more, and whoever waits is sent away. */
  unload(): void {
    for (const { session, joining, syncing } of this.#byId.values()) {
      session.end();
      joining?.reject(new Refusal('NOT_COORDINATOR'));
      syncing?.reject(new Refusal('NOT_COORDINATOR'));
    }
    for (const cancel of this.#awaited.values()) cancel();
    this.#awaited.clear();
  }

  /** These, as they were, and nobody else. */
  reload(members: readonly Member[]): void {
    this.#byId.clear();
    this.#byName.clear();
    for (const member of members) {
      member.joining = undefined;
      member.syncing = undefined;
      this.#put(member);
      member.session.heard();
    }
  }

  /** @throws FENCED_INSTANCE_ID, UNKNOWN_MEMBER_ID */
  require({ memberId, instanceId }: Membership): Member {
    if (this.isFenced(memberId, instanceId)) throw new Refusal('FENCED_INSTANCE_ID');
    const member = this.#byId.get(memberId);
    if (!member) throw new Refusal('UNKNOWN_MEMBER_ID');
    return member;
  }

  #put(member: Member): void {
    this.#byId.set(member.memberId, member);
    if (member.instanceId !== undefined) this.#byName.set(member.instanceId, member.memberId);
  }
}

// A member by KIP-848, as the client has it: everything is in its heartbeats. It is told what it should have, lets go of the one,
// takes over the other, and says with its next heartbeat what it has come to. Its epoch is whatever the last answer said, also
// where no event came with it.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import { KafkaError } from '../ports/kafka.js';
import type { GroupCoordinator, Membership } from './group-coordinator.js';
import type { HeartbeatAnswer } from './group-kip848-member.js';
import { type Belonging, type BelongingHost, PollWatch } from './member.js';
import { ConnectionLost } from './network.js';
import { Refusal, type RefusalCode } from './refusal.js';

type Partitions = ReadonlyMap<string, TopicPartition>;

export class Kip848Member implements Belonging {
  readonly #host: BelongingHost;
  readonly #polls: PollWatch;
  readonly #memberId: string;
  #epoch = 0;
  #heartbeatMs = firstMs;
  /** What the group knows that it has, and what it is on its way to. */
  #current: Partitions = new Map();
  #target: Partitions | undefined;
  /** What has been said meanwhile. */
  #next: readonly TopicPartition[] | undefined;
  /** What its owner has been told. */
  #given: Partitions = new Map();
  #isThere = false;
  #mustTellAll = true;
  #mustRejoin = false;
  #isBusy = false;
  #isHurried = false;
  #wake: () => void = () => {};
  #isOver = false;

  constructor(host: BelongingHost) {
    this.#host = host;
    const { kernel } = host.setup;
    this.#memberId = `${host.options.clientId}-${kernel.random.whole(0, 2 ** 31).toString(36)}`;
    this.#polls = new PollWatch(host, () => this.#rejoin());
  }

  get membership(): Membership {
    const { groupInstanceId: instanceId } = this.#host.settings;
    return { memberId: this.#memberId, generation: this.#epoch, instanceId };
  }

  open(): void {
    this.#polls.ends();
    void this.#belong();
  }

  pollBegins(): void {
    const wasOverslept = this.#polls.isOverslept;
    this.#polls.begins();
    if (wasOverslept) this.#hurry();
  }

  pollEnds(): void {
    this.#polls.ends();
  }

  refused({ code }: Refusal): void {
    if (code === 'UNKNOWN_MEMBER_ID' || code === 'STALE_MEMBER_EPOCH') this.#hurry();
  }

  async close(): Promise<void> {
    const hasJoined = this.#epoch > 0;
    this.#end();
    if (hasJoined) await this.#leave();
  }

  /** One heartbeat after the other. */
  async #belong(): Promise<void> {
    while (!this.#isOver) {
      await this.#polls.polled();
      // Somebody who was fenced says nothing until its owner has let go of everything.
      if (!this.#mustRejoin && !this.#isOver) await this.#beat();
      if (!this.#isOver) await this.#rest();
    }
  }

  async #beat(): Promise<void> {
    const { setup, options, settings } = this.#host;
    this.#isHurried = false;
    const acknowledged = this.#isThere ? this.#target : undefined;
    const isFull = this.#epoch === 0 || this.#mustTellAll;
    const owned = acknowledged ?? (isFull ? this.#current : undefined);
    const request = {
      ...this.membership,
      ...(isFull ? { topics: options.topics, rebalanceMs: settings.pollMsMax } : {}),
      ...(owned ? { owned: [...owned.values()] } : {}),
    };
    try {
      const { network } = setup;
      const answer = await network.ask('ConsumerGroupHeartbeat', () => this.#group.consumerHeartbeat(request));
      if (!this.#isOver && !this.#mustRejoin) this.#heard(answer, acknowledged);
    } catch (error) {
      if (error instanceof ConnectionLost) this.#mustTellAll = true;
      else if (error instanceof Refusal) this.#beatRefused(error.code);
      else throw error;
    }
  }

  #heard({ epoch, heartbeatMs, assigned }: HeartbeatAnswer, acknowledged: Partitions | undefined): void {
    this.#epoch = epoch;
    this.#heartbeatMs = heartbeatMs;
    this.#mustTellAll = false;
    if (assigned) this.#next = isSame(assigned, this.#target ?? this.#current) ? undefined : assigned;
    if (acknowledged) {
      this.#current = acknowledged;
      this.#target = undefined;
    }
    if (this.#next && this.#target === undefined) void this.#goTo(this.#next);
  }

  /** Lets go of the one, takes over the other. */
  async #goTo(next: readonly TopicPartition[]): Promise<void> {
    const target = new Map(next.map((one) => [partitionKey(one), one]));
    const before = this.#given;
    this.#next = undefined;
    this.#target = target;
    this.#given = target;
    this.#isThere = false;
    this.#isBusy = true;
    const revoked = [...before].flatMap(([key, one]) => (target.has(key) ? [] : [one]));
    if (revoked.length > 0) await this.#host.raise({ kind: 'revoked', partitions: revoked });
    const added = [...target].flatMap(([key, one]) => (before.has(key) ? [] : [one]));
    await this.#host.raise({ kind: 'assigned', partitions: added });
    this.#isBusy = false;
    this.#isThere = true;
    if (this.#mustRejoin) void this.#startOver();
    else this.#hurry();
  }

  #beatRefused(code: RefusalCode): void {
    if (code === 'UNKNOWN_MEMBER_ID' || code === 'FENCED_MEMBER_EPOCH') return this.#rejoin();
    this.#end();
    this.#host.fail(new KafkaError('_FATAL', `ConsumerGroupHeartbeat: ${code}`, { fatal: true }));
  }

  #rejoin(): void {
    if (this.#mustRejoin) return;
    this.#mustRejoin = true;
    // What its owner has been asked it answers first.
    if (!this.#isBusy) void this.#startOver();
  }

  async #startOver(): Promise<void> {
    this.#isBusy = true;
    const given = [...this.#given.values()];
    this.#given = new Map();
    if (given.length > 0) await this.#host.raise({ kind: 'lost', partitions: given });
    if (this.#isOver) return;
    if (this.#polls.isOverslept) await this.#leave();
    this.#epoch = 0;
    this.#current = new Map();
    this.#target = undefined;
    this.#next = undefined;
    this.#isThere = false;
    this.#isBusy = false;
    this.#mustRejoin = false;
    this.#hurry();
  }

  /** Until the next heartbeat is due, or is asked for. */
  #rest(): Promise<void> {
    const { kernel, process } = this.#host.setup;
    const waitMs = this.#isHurried ? 0 : this.#heartbeatMs;
    this.#isHurried = false;
    return new Promise((resolve) => {
      const cancel = kernel.schedule(waitMs, resolve, process);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #hurry(): void {
    this.#isHurried = true;
    this.#wake();
  }

  /** Asked once: who is not heard is missed when its session is over. */
  async #leave(): Promise<void> {
    const { network } = this.#host.setup;
    const { membership } = this;
    await network
      .ask('ConsumerGroupHeartbeat', () => this.#group.consumerLeave(membership))
      .catch((error: unknown) => {
        if (!(error instanceof ConnectionLost)) throw error;
      });
  }

  #end(): void {
    this.#isOver = true;
    this.#polls.close();
    this.#hurry();
  }

  get #group(): GroupCoordinator {
    const { setup, options } = this.#host;
    return setup.cluster.group(options.groupId);
  }
}

function isSame(some: readonly TopicPartition[], others: Partitions): boolean {
  return some.length === others.size && some.every((one) => others.has(partitionKey(one)));
}

/** Before the brokers have said it. */
const firstMs = 20;

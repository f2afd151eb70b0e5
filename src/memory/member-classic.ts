// A member by the classic protocol, as the client has it: it joins, is given its share, beats its heart until the group has news,
// and joins again. A cooperative one keeps meanwhile what it has; an eager one (`range`) lets go of everything first.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import { KafkaError, type Rebalance } from '../ports/kafka.js';
import { type AssignmentStrategy, type Assignments, assignors, type GroupMember } from './assignors.js';
import type { JoinAnswer } from './group-classic-member.js';
import type { GroupCoordinator, Membership } from './group-coordinator.js';
import { type Belonging, type BelongingHost, PollWatch } from './member.js';
import { Heart } from './member-heart.js';
import { ConnectionLost } from './network.js';
import { Refusal } from './refusal.js';
import { TopicLook } from './topic-look.js';

export class ClassicMember implements Belonging {
  readonly #host: BelongingHost;
  readonly #strategy: AssignmentStrategy;
  readonly #polls: PollWatch;
  readonly #heart: Heart;
  readonly #topics: TopicLook;
  #memberId = '';
  #generation = -1;
  /** What the group has given and has not taken back; undefined: an eager member that has let go of it. */
  #assigned: Map<string, TopicPartition> | undefined;
  /** What has become of the group since the member has its share, and who waits for that. */
  #news: 'rebalance' | 'lost' | undefined;
  #hearNews: () => void = () => {};
  #isSteady = false;
  #mayJoinMs = 0;
  #isOver = false;

  constructor(host: BelongingHost) {
    this.#host = host;
    this.#strategy = host.settings.assignmentStrategy ?? 'cooperative-sticky';
    this.#polls = new PollWatch(host, () => this.#overslept());
    this.#heart = new Heart(host, {
      membership: () => this.membership,
      refused: (refusal) => this.#beatRefused(refusal),
      silent: () => {
        this.#memberId = '';
        this.#hear('lost');
      },
    });
    this.#topics = new TopicLook(host, () => this.#hear('rebalance'));
  }

  get membership(): Membership {
    const { groupInstanceId: instanceId } = this.#host.settings;
    return { memberId: this.#memberId, generation: this.#generation, instanceId };
  }

  open(): void {
    this.#polls.ends();
    void this.#belong();
  }

  pollBegins(): void {
    this.#polls.begins();
  }

  pollEnds(): void {
    this.#polls.ends();
  }

  refused({ code }: Refusal): void {
    if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    // While it joins it will have another generation soon.
    else if (code === 'ILLEGAL_GENERATION' && this.#isSteady) this.#generation = -1;
    else return;
    this.#hear('lost');
  }

  /** A static member does not leave: it has its session's time to come back. */
  async close(): Promise<void> {
    this.#end();
    const { settings } = this.#host;
    if (settings.groupInstanceId === undefined) await this.#leave();
  }

  /** Joins, takes what it is given, stays until the group shares anew, and again. */
  async #belong(): Promise<void> {
    const { kernel, process } = this.#host.setup;
    await this.#topics.look();
    while (!this.#isOver) {
      try {
        await this.#polls.polled();
        if (this.#mayJoinMs > kernel.nowMs) await kernel.wait(this.#mayJoinMs - kernel.nowMs, process);
        if (this.#news === 'lost') await this.#giveUp('lost');
        if (this.#isOver) return;
        const gaveUp = await this.#takeOver(await this.#join());
        // Others wait for what was given back: the group shares again at once.
        const news = gaveUp ? 'rebalance' : await this.#stay();
        if (gaveUp) this.#mayJoinMs = 0;
        if (news === 'lost') await this.#giveUp('lost');
        else if (this.#isEager) await this.#giveUp('revoked');
      } catch (error) {
        if (error instanceof Refusal) await this.#notJoined(error);
        else if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  }

  async #join(): Promise<readonly TopicPartition[]> {
    const { setup, options, settings } = this.#host;
    const { kernel, network } = setup;
    const { topics, clientId } = options;
    const { sessionMs, pollMsMax: rebalanceMs, groupInstanceId: instanceId } = settings;
    this.#heart.stop();
    this.#news = undefined;
    // The client joins once a second at most, where it was not asked to.
    this.#mayJoinMs = kernel.nowMs + joinMs;
    const request = {
      memberId: this.#memberId,
      instanceId,
      clientId,
      strategy: this.#strategy,
      topics,
      owned: this.#isEager ? [] : [...(this.#assigned?.values() ?? [])],
      sessionMs,
      rebalanceMs,
    };
    const joined = await network.askAndWait<JoinAnswer>('JoinGroup', (reply) => this.#group.join(request, reply));
    this.#memberId = joined.memberId;
    this.#generation = joined.generation;
    const { membership } = this;
    const assignments = joined.members.length > 0 ? await this.#share(joined.members) : undefined;
    const assigned = await network.askAndWait<readonly TopicPartition[]>('SyncGroup', (reply) =>
      this.#group.sync(membership, assignments, reply),
    );
    if (!this.#isOver) this.#heart.start();
    return assigned;
  }

  /** The leader's part. */
  async #share(members: readonly GroupMember[]): Promise<Assignments> {
    const counts = await this.#topics.countsOf(members.flatMap(({ topics }) => topics));
    return assignors[this.#strategy](members, (topic) => counts.get(topic) ?? 0);
  }

  /** Whether it has given something back that others wait for. */
  async #takeOver(given: readonly TopicPartition[]): Promise<boolean> {
    const all = new Map(given.map((one) => [partitionKey(one), one]));
    const before = this.#assigned ?? new Map<string, TopicPartition>();
    this.#assigned = all;
    const revoked = [...before].flatMap(([key, one]) => (all.has(key) ? [] : [one]));
    if (revoked.length > 0) await this.#raise('revoked', revoked);
    const added = [...all].flatMap(([key, one]) => (before.has(key) ? [] : [one]));
    await this.#raise('assigned', added);
    return revoked.length > 0;
  }

  /** Until the group has news. */
  async #stay(): Promise<'rebalance' | 'lost'> {
    this.#isSteady = true;
    if (!this.#news) await new Promise<void>((resolve) => (this.#hearNews = resolve));
    this.#isSteady = false;
    return this.#news ?? 'rebalance';
  }

  async #giveUp(kind: 'revoked' | 'lost'): Promise<void> {
    const assigned = this.#assigned;
    this.#assigned = undefined;
    this.#news = undefined;
    if (assigned === undefined) return;
    if (assigned.size === 0 && !this.#isEager) return;
    await this.#raise(kind, [...assigned.values()]);
    this.#mayJoinMs = 0;
  }

  async #notJoined({ code, memberId }: Refusal): Promise<void> {
    // Everything else means that the group shares anew, and it joins again.
    if (code === 'MEMBER_ID_REQUIRED') {
      this.#memberId = memberId ?? '';
      this.#mayJoinMs = 0;
      if (!this.#isEager) await this.#giveUp('lost');
    } else if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    else if (code === 'ILLEGAL_GENERATION') {
      this.#generation = -1;
      if (!this.#isEager) await this.#giveUp('lost');
    } else if (code === 'FENCED_INSTANCE_ID') this.#fenced();
    else if (code === 'INCONSISTENT_GROUP_PROTOCOL') this.#host.fail(new KafkaError(code, `JoinGroup failed: ${code}`));
  }

  #beatRefused({ code }: Refusal): void {
    if (code === 'FENCED_INSTANCE_ID') return this.#fenced();
    if (code === 'REBALANCE_IN_PROGRESS') return this.#hear('rebalance');
    if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    if (code === 'ILLEGAL_GENERATION') this.#generation = -1;
    this.#hear('lost');
  }

  #hear(news: 'rebalance' | 'lost'): void {
    if (this.#news !== 'lost') this.#news = news;
    this.#hearNews();
  }

  /** It is out at once, and joins again with its next poll. A static member is out when its session is over. */
  #overslept(): void {
    this.#heart.stop();
    if (this.#host.settings.groupInstanceId === undefined) void this.#leave();
    this.#memberId = '';
    this.#hear('lost');
  }

  /** Another member has its name: the client never works again. */
  #fenced(): void {
    this.#end();
    this.#host.fail(new KafkaError('_FATAL', 'FENCED_INSTANCE_ID: fenced by a newer instance', { fatal: true }));
  }

  /** Asked once: who is not heard is missed when its session is over. */
  async #leave(): Promise<void> {
    const { setup } = this.#host;
    const memberId = this.#memberId;
    if (memberId === '') return;
    await setup.network
      .ask('LeaveGroup', () => this.#group.leave(memberId))
      .catch((error: unknown) => {
        if (!(error instanceof ConnectionLost)) throw error;
      });
  }

  #end(): void {
    this.#isOver = true;
    this.#heart.end();
    this.#polls.close();
    this.#topics.close();
    this.#hearNews();
  }

  async #raise(kind: Rebalance['kind'], partitions: readonly TopicPartition[]): Promise<void> {
    await this.#host.raise({ kind, partitions });
  }

  get #isEager(): boolean {
    return this.#strategy === 'range';
  }

  get #group(): GroupCoordinator {
    const { setup, options } = this.#host;
    return setup.cluster.group(options.groupId);
  }
}

const joinMs = 1000;

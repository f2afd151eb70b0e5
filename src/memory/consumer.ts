// A member of a group as the client has it: it joins with its first poll, beats its heart whatever its owner does, raises the
// group's events during polls and waits for their answers, and reads ahead for every partition that it was told to read.

import { type GroupOffset, partitionKey, type TopicPartition, type TopicPartitionOffset } from '../core/ids.js';
import { type Consumer, type ConsumerOptions, KafkaError, type Rebalance } from '../ports/kafka.js';
import type { RecordBatch } from '../ports/record-batch.js';
import { cooperativeSticky } from './assignors.js';
import type { JoinAnswer, Membership } from './group-coordinator.js';
import { ConnectionLost } from './network.js';
import type { ClientSetup } from './producer.js';
import { Reading } from './reading.js';
import { Refusal } from './refusal.js';

export interface MemberTimes {
  readonly sessionMs: number;
  readonly heartbeatMs: number;
  /** Whoever polls less often is out of the group. */
  readonly pollMsMax: number;
}

export class MemoryConsumer implements Consumer {
  readonly groupId: string;
  readonly #setup: ClientSetup;
  readonly #options: ConsumerOptions;
  readonly #times: MemberTimes;
  #memberId = '';
  #generation = -1;
  /** What the group has given and nobody has given back. */
  readonly #owned = new Map<string, TopicPartition>();
  readonly #readings = new Map<string, Reading>();
  readonly #events: RaisedEvent[] = [];
  /** The event that was raised and waits for its answer. */
  #unanswered: RaisedEvent | undefined;
  /** What the group has said at the last heartbeat, and who waits for that. */
  #news: Refusal | undefined;
  #heard: () => void = () => {};
  #cancelHeart: () => void = () => {};
  #isPolling = false;
  #polledMs = 0;
  #wake: () => void = () => {};
  /** Answers that wait for a poll. */
  readonly #answers: (() => void)[] = [];
  #hasBegun = false;
  #isClosing = false;

  constructor(options: ConsumerOptions, setup: ClientSetup, times: MemberTimes) {
    this.groupId = options.groupId;
    this.#options = options;
    this.#setup = setup;
    this.#times = times;
  }

  /** As it is now, told with every offset of a transaction. */
  get membership(): Membership {
    return { memberId: this.#memberId, generation: this.#generation };
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly RecordBatch[]> {
    this.#betweenPolls();
    const { kernel, process } = this.#setup;
    this.#isPolling = true;
    this.#polledMs = kernel.nowMs;
    let isOver = false;
    const cancel = kernel.schedule(timeoutMs, () => ((isOver = true), this.#wake()), process);
    try {
      this.#begin();
      for (;;) {
        for (const answer of this.#answers.splice(0)) answer();
        const isRaised = this.#raiseNext();
        const batches = this.#unanswered ? [] : this.#take(recordsMax);
        if (batches.length > 0 || isRaised || isOver || this.#isClosing) return batches;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      cancel();
      this.#isPolling = false;
    }
  }

  accept(): void {
    this.#betweenPolls();
    const { event } = this.#answering();
    for (const partition of event.partitions) this.#owned.set(partitionKey(partition), partition);
    this.#answered();
  }

  assign(partitions: readonly TopicPartitionOffset[]): void {
    this.#betweenPolls();
    for (const { offset, ...partition } of partitions) this.#read(partition, offset);
  }

  unassign(_partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    this.#giveBack(this.#answering().event.partitions);
    this.#answered();
  }

  rewind({ offset, ...partition }: TopicPartitionOffset): void {
    this.#betweenPolls();
    this.#read(partition, offset);
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    for (const partition of partitions) this.#readings.get(partitionKey(partition))?.pause();
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    for (const partition of partitions) this.#readings.get(partitionKey(partition))?.resume();
  }

  position(partition: TopicPartition): number | undefined {
    this.#betweenPolls();
    return this.#readings.get(partitionKey(partition))?.position;
  }

  async committed(partition: TopicPartition, timeoutMs: number): Promise<GroupOffset | undefined> {
    const { kernel, process, network, cluster } = this.#setup;
    const deadlineMs = kernel.nowMs + timeoutMs;
    for (;;) {
      try {
        return await network.ask(process, 'OffsetFetch', () => cluster.group(this.groupId).committed(partition));
      } catch (error) {
        if (!isBrokers(error)) throw error;
        if (kernel.nowMs >= deadlineMs)
          throw new KafkaError('_TIMED_OUT', `committed offset: ${error.message}`, { retriable: true });
        await kernel.wait(retryMs, process);
      }
    }
  }

  async commit(offset: TopicPartition & GroupOffset): Promise<void> {
    const { process, network, cluster } = this.#setup;
    const { membership } = this;
    const asked = network.ask(process, 'OffsetCommit', () => cluster.group(this.groupId).commit(membership, [offset]));
    const failure = await asked.then(
      () => undefined,
      (error: Refusal | ConnectionLost) => error,
    );
    if (!this.#isPolling) await new Promise<void>((resolve) => void this.#answers.push(resolve));
    if (failure) throw new KafkaError('code' in failure ? failure.code : '_TRANSPORT', `commit: ${failure.message}`);
  }

  hearGroup(): Promise<void> {
    const { kernel, process } = this.#setup;
    return kernel.wait(2 * this.#times.heartbeatMs + answerMs, process);
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#cancelHeart();
    for (const { answered } of this.#unanswered ? [this.#unanswered, ...this.#events] : this.#events) answered();
    for (const reading of this.#readings.values()) reading.end();
    for (const answer of this.#answers.splice(0)) answer();
    this.#wake();
    const { process, network, cluster } = this.#setup;
    const memberId = this.#memberId;
    if (memberId === '') return;
    // Asked once: who is not heard is missed when its session is over.
    const leaving = network.ask(process, 'LeaveGroup', () => cluster.group(this.groupId).leave(memberId));
    await leaving.catch(() => {});
  }

  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    void this.#belong();
  }

  /** Joins, takes what it is given, stays until the group shares anew, and again. */
  async #belong(): Promise<void> {
    const { kernel, process } = this.#setup;
    while (!this.#isClosing) {
      try {
        const gaveUp = await this.#takeOver(await this.#join());
        // Others wait for what was given back: the group shares again at once.
        if (!gaveUp) await this.#stay();
      } catch (error) {
        if (error instanceof ConnectionLost) await kernel.wait(retryMs, process);
        else if (error instanceof Refusal) await this.#refused(error);
        else throw error;
      }
    }
  }

  async #join(): Promise<readonly TopicPartition[]> {
    const { process, network, cluster } = this.#setup;
    const { topics, clientId } = this.#options;
    const { sessionMs, pollMsMax: rebalanceMs } = this.#times;
    this.#news = undefined;
    const request = {
      memberId: this.#memberId,
      clientId,
      topics,
      owned: [...this.#owned.values()],
      sessionMs,
      rebalanceMs,
    };
    const group = cluster.group(this.groupId);
    const { generation, members } = await network.askAndWait<JoinAnswer>(process, 'JoinGroup', (reply) =>
      group.join(request, reply),
    );
    this.#generation = generation;
    const { membership } = this;
    this.#beat(membership);
    const assignments =
      members.length > 0 ? cooperativeSticky(members, (topic) => cluster.partitionsOf(topic)) : undefined;
    return network.askAndWait(process, 'SyncGroup', (reply) => group.sync(membership, assignments, reply));
  }

  /** Whether it has given something back. */
  async #takeOver(assigned: readonly TopicPartition[]): Promise<boolean> {
    const keys = new Set(assigned.map(partitionKey));
    const revoked = [...this.#owned.values()].filter((one) => !keys.has(partitionKey(one)));
    if (revoked.length > 0) await this.#raise({ kind: 'revoked', partitions: revoked });
    const added = assigned.filter((one) => !this.#owned.has(partitionKey(one)));
    await this.#raise({ kind: 'assigned', partitions: added });
    return revoked.length > 0;
  }

  /** Until the group has news. */
  async #stay(): Promise<void> {
    if (!this.#news) await new Promise<void>((resolve) => (this.#heard = resolve));
    const news = this.#news;
    if (news && news.code !== 'REBALANCE_IN_PROGRESS') throw news;
  }

  async #refused({ code, memberId }: Refusal): Promise<void> {
    if (code === 'REBALANCE_IN_PROGRESS') return;
    if (code === 'MEMBER_ID_REQUIRED' && memberId !== undefined) {
      this.#memberId = memberId;
      return;
    }
    this.#cancelHeart();
    if (code === 'UNKNOWN_MEMBER_ID') this.#memberId = '';
    this.#generation = -1;
    if (this.#owned.size > 0) await this.#raise({ kind: 'lost', partitions: [...this.#owned.values()] });
  }

  /** Tells the group, again and again, that the member is alive. */
  #beat(membership: Membership): void {
    this.#cancelHeart();
    // Whoever was closed while it joined is heard of no more.
    if (this.#isClosing) return;
    const { kernel, process, network, cluster } = this.#setup;
    const beat = (): void => {
      if (kernel.nowMs - this.#polledMs > this.#times.pollMsMax) return this.#overslept(membership);
      network
        .ask(process, 'Heartbeat', () => cluster.group(this.groupId).heartbeat(membership))
        .then(
          () => {},
          (error: unknown) => {
            if (error instanceof Refusal) this.#hear(membership, error);
          },
        );
      this.#cancelHeart = kernel.schedule(this.#times.heartbeatMs, beat, process);
    };
    this.#cancelHeart = kernel.schedule(this.#times.heartbeatMs, beat, process);
  }

  #hear({ generation }: Membership, refusal: Refusal): void {
    if (generation !== this.#generation) return;
    this.#news = refusal;
    this.#heard();
  }

  #overslept(membership: Membership): void {
    const { process, network, cluster } = this.#setup;
    const leaving = network.ask(process, 'LeaveGroup', () => cluster.group(this.groupId).leave(membership.memberId));
    leaving.catch(() => {});
    this.#hear(membership, new Refusal('UNKNOWN_MEMBER_ID'));
  }

  /** Resolves when the event is answered. */
  #raise(event: Rebalance): Promise<void> {
    if (this.#isClosing) return Promise.resolve();
    return new Promise((answered) => {
      this.#events.push({ event, answered });
      this.#wake();
    });
  }

  #raiseNext(): boolean {
    if (this.#unanswered || this.#isClosing) return false;
    this.#unanswered = this.#events.shift();
    if (this.#unanswered) this.#options.onRebalance(this.#unanswered.event);
    return this.#unanswered !== undefined;
  }

  #answering(): RaisedEvent {
    if (this.#unanswered === undefined) throw new Error('no event waits for an answer');
    return this.#unanswered;
  }

  #answered(): void {
    const { answered } = this.#answering();
    this.#unanswered = undefined;
    answered();
  }

  #giveBack(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = partitionKey(partition);
      this.#owned.delete(key);
      this.#readings.get(key)?.end();
      this.#readings.delete(key);
    }
  }

  #read(partition: TopicPartition, offset: number): void {
    const key = partitionKey(partition);
    this.#readings.get(key)?.end();
    this.#readings.set(
      key,
      new Reading(partition, offset, {
        ...this.#setup,
        arrived: () => this.#wake(),
        refused: ({ code }) => this.#options.onNotice({ level: 'warn', message: `fetch ${key}: ${code}` }),
      }),
    );
  }

  /** What is there, from each partition in turn. */
  #take(recordsMax: number): RecordBatch[] {
    const batches: RecordBatch[] = [];
    let left = recordsMax;
    const readings = [...this.#readings];
    for (const [key, reading] of readings) {
      const batch = left > 0 ? reading.take(left) : undefined;
      if (batch === undefined) continue;
      batches.push(batch);
      left -= batch.length;
      // Whoever was served goes to the end of the queue.
      this.#readings.delete(key);
      this.#readings.set(key, reading);
    }
    return batches;
  }

  /** E3: what moves a position happens between two polls. */
  #betweenPolls(): void {
    if (this.#isPolling) throw new Error('E3: a poll is under way');
  }
}

interface RaisedEvent {
  readonly event: Rebalance;
  readonly answered: () => void;
}

function isBrokers(error: unknown): error is Refusal | ConnectionLost {
  return error instanceof Refusal || error instanceof ConnectionLost;
}

const retryMs = 20;
/** What a broker may take for its answer to a heartbeat. */
const answerMs = 200;

// A consumer as the client has it: raises the events of its group during polls and waits for their answers, and reads ahead for
// every partition that it was told to read. How it belongs to the group is its membership's business.

import { type GroupOffset, partitionKey, type TopicPartition, type TopicPartitionOffset } from '../core/ids.js';
import { requireAssignment, requireLettingGo } from '../ports/answers.js';
import { type Consumer, type ConsumerOptions, KafkaError, type Rebalance } from '../ports/kafka.js';
import type { RecordBatch } from '../ports/record-batch.js';
import type { Membership } from './group-coordinator.js';
import { inTime } from './in-time.js';
import type { Belonging, MemberSettings } from './member.js';
import { ClassicMember } from './member-classic.js';
import { Kip848Member } from './member-kip848.js';
import { ConnectionLost } from './network.js';
import type { ClientSetup } from './producer.js';
import { RaisedEvents } from './raised-events.js';
import { Reading } from './reading.js';
import { Refusal } from './refusal.js';

export class MemoryConsumer implements Consumer {
  readonly groupId: string;
  readonly #setup: ClientSetup;
  readonly #options: ConsumerOptions;
  readonly #settings: MemberSettings;
  readonly #belonging: Belonging;
  readonly #readings = new Map<string, Reading>();
  readonly #events: RaisedEvents;
  #isPolling = false;
  #wake: () => void = () => {};
  /** Answers that wait for a poll. */
  readonly #answers: (() => void)[] = [];
  /** What the next poll fails with. */
  #failure: KafkaError | undefined;
  #isClosing = false;

  constructor(options: ConsumerOptions, setup: ClientSetup, settings: MemberSettings) {
    this.groupId = options.groupId;
    this.#options = options;
    this.#setup = setup;
    this.#settings = settings;
    this.#events = new RaisedEvents(
      (event) => options.onRebalance(event),
      () => this.#wake(),
    );
    const host = {
      setup,
      options,
      settings,
      raise: (event: Rebalance) => this.#events.raise(event),
      fail: (error: KafkaError) => {
        this.#failure = error;
        this.#wake();
      },
    };
    this.#belonging = settings.groupProtocol === 'consumer' ? new Kip848Member(host) : new ClassicMember(host);
    this.#belonging.open();
  }

  /** As it is now, told with every offset of a transaction. */
  get membership(): Membership {
    return this.#belonging.membership;
  }

  /** @throws _DESTROY where it is closed */
  requireOpen(doing: string): void {
    if (this.#isClosing) throw new KafkaError('_DESTROY', `${doing}: the consumer is closed`, { fatal: true });
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly RecordBatch[]> {
    this.#onePollAtATime();
    if (!(recordsMax >= 1)) throw new KafkaError('_INVALID_ARG', `poll: for at least one record, not ${recordsMax}`);
    if (this.#isClosing) return [];
    const { kernel, process } = this.#setup;
    this.#isPolling = true;
    this.#belonging.pollBegins();
    let isOver = false;
    const cancel = kernel.schedule(timeoutMs, () => ((isOver = true), this.#wake()), process);
    try {
      for (;;) {
        this.#failIfMust();
        for (const answer of this.#answers.splice(0)) answer();
        const isRaised = this.#events.raiseNext();
        const batches = this.#events.unanswered ? [] : this.#take(recordsMax);
        if (batches.length > 0 || isRaised || isOver || this.#isClosing) return batches;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      cancel();
      this.#isPolling = false;
      if (!this.#isClosing) this.#belonging.pollEnds();
    }
  }

  accept(): void {
    this.#betweenPolls();
    requireAssignment(this.#events.unanswered);
    this.#events.answer();
  }

  assign(partitions: readonly TopicPartitionOffset[]): void {
    this.#betweenPolls();
    const again = this.#isEager ? undefined : partitions.find((partition) => this.#reads(partition));
    if (again) throw new KafkaError('_CONFLICT', `assign: ${partitionKey(again)} is read already`);
    if (this.#isEager) this.#events.takeLossesBack();
    if (this.#isEager) this.#beginAnew();
    for (const { offset, ...partition } of partitions) this.#read(partition, offset);
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.#betweenPolls();
    requireLettingGo(this.#events.unanswered, partitions, (partition) => this.#reads(partition));
    this.#events.answer();
    this.#giveBack(partitions);
  }

  rewind({ offset, ...partition }: TopicPartitionOffset): void {
    this.#betweenPolls();
    if (!this.#isEager && !this.#reads(partition))
      throw new KafkaError('_INVALID_ARG', `rewind: ${partitionKey(partition)} is not read`);
    this.#events.takeLossesBack();
    if (!this.#isEager) this.#events.answerUnheard();
    if (this.#isEager) this.#beginAnew();
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
    this.requireOpen('committed');
    const { kernel, process } = this.#setup;
    const untilMs = kernel.nowMs + timeoutMs;
    return inTime(timeoutMs, this.#fetchOffset(partition, untilMs), { kernel, process, call: 'committed offset' });
  }

  async commit(offset: TopicPartition & GroupOffset): Promise<void> {
    this.requireOpen('commit');
    const { network, cluster } = this.#setup;
    const { membership } = this;
    const asked = network.ask('OffsetCommit', () => cluster.group(this.groupId).commit(membership, [offset]));
    const failure = await asked.then(
      () => undefined,
      (error: Refusal | ConnectionLost) => error,
    );
    if (!this.#isPolling && !this.#isClosing) await new Promise<void>((resolve) => void this.#answers.push(resolve));
    this.requireOpen('commit');
    if (failure instanceof Refusal) this.#belonging.refused(failure);
    if (failure) throw new KafkaError('code' in failure ? failure.code : '_TRANSPORT', `commit: ${failure.message}`);
  }

  hearGroup(): Promise<void> {
    const { kernel, process } = this.#setup;
    const { groupProtocol, heartbeatMs } = this.#settings;
    return kernel.wait(2 * (groupProtocol === 'consumer' ? brokersHeartbeatMs : heartbeatMs) + answerMs, process);
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#events.close();
    for (const reading of this.#readings.values()) reading.end();
    for (const answer of this.#answers.splice(0)) answer();
    this.#wake();
    // A coordinator reads a leave only behind what it was asked before: the client does not wait for it for ever.
    const { kernel, process, network } = this.#setup;
    await Promise.race([this.#belonging.close(), kernel.wait(leaveMsMax, process)]);
    network.close();
  }

  /** Asks again while the group has an offset of somebody's transaction in hand, and where the connection is lost. */
  async #fetchOffset(partition: TopicPartition, untilMs: number): Promise<GroupOffset | undefined> {
    const { kernel, process, network, cluster } = this.#setup;
    for (;;) {
      try {
        return await network.ask('OffsetFetch', () => cluster.group(this.groupId).committed(partition));
      } catch (error) {
        if (!isBrokers(error)) throw error;
        if (kernel.nowMs >= untilMs)
          throw new KafkaError('_TIMED_OUT', `committed offset: ${error.message}`, { retriable: true });
        await kernel.wait(retryMs, process);
      }
    }
  }

  get #isEager(): boolean {
    const { groupProtocol, assignmentStrategy } = this.#settings;
    return groupProtocol !== 'consumer' && assignmentStrategy === 'range';
  }

  #failIfMust(): void {
    const failure = this.#failure;
    if (failure === undefined) return;
    if (!failure.fatal) this.#failure = undefined;
    throw failure;
  }

  #reads(partition: TopicPartition): boolean {
    return this.#readings.has(partitionKey(partition));
  }

  #giveBack(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      const key = partitionKey(partition);
      this.#readings.get(key)?.end();
      this.#readings.delete(key);
    }
  }

  /** An eager group's client takes whole assignments only: with each that begins, all others are assigned anew, from where they stand. */
  #beginAnew(): void {
    for (const [key, reading] of this.#readings) this.#readings.set(key, reading.anew());
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
    this.#onePollAtATime();
    this.requireOpen('between two polls');
  }

  #onePollAtATime(): void {
    if (this.#isPolling) throw new Error('E3: a poll is under way');
  }
}

function isBrokers(error: unknown): error is Refusal | ConnectionLost {
  return error instanceof Refusal || error instanceof ConnectionLost;
}

const retryMs = 20;
/** As the adapter takes it for, by KIP-848: what the brokers have said, the client keeps to itself. */
const brokersHeartbeatMs = 5000;
/** What a broker may take for its answer to a heartbeat. */
const answerMs = 200;
/** As long as the adapter waits for a group that does not answer, and the client then for the answer to its leave. */
const leaveMsMax = 8000;

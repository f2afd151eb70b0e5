// A member of a group whose client does wrong what it is told to: see faulty-client.ts.

import { type GroupOffset, partitionKey, type TopicPartition, type TopicPartitionOffset } from '../core/ids.js';
import type { Consumer, ConsumerOptions, Kafka, Rebalance } from '../ports/kafka.js';
import type { RecordBatch } from '../ports/record-batch.js';
import type { FaultyCalls } from './faulty-client.js';
import { comesAgain, type FaultyMember, type MemberFault, memberFaults } from './member-faults.js';

export class FaultyConsumer implements Consumer {
  readonly inner: Consumer;
  readonly #options: ConsumerOptions;
  readonly #calls: FaultyCalls;
  readonly #reading = new Map<string, TopicPartition>();
  /** What its owner has paused. */
  readonly #paused = new Set<string>();
  /** What is not fetched, and until when. */
  readonly #silent = new Map<string, { readonly partition: TopicPartition; readonly untilMs: number }>();
  readonly #late: Rebalance[] = [];
  readonly #brought: RecordBatch[] = [];
  #recordsMax = 0;
  #isUnheard = false;

  private constructor(inner: Consumer, options: ConsumerOptions, calls: FaultyCalls) {
    this.inner = inner;
    this.#options = options;
    this.#calls = calls;
  }

  static async open(kafka: Kafka, options: ConsumerOptions, calls: FaultyCalls): Promise<FaultyConsumer> {
    // Events come with polls, and nobody polls before it is there.
    const inner = await kafka.openConsumer({ ...options, onRebalance: (event) => faulty.#raised(event) });
    const faulty = new FaultyConsumer(inner, options, calls);
    return faulty;
  }

  async poll(recordsMax: number, timeoutMs: number): Promise<readonly RecordBatch[]> {
    this.#endSilence();
    this.#recordsMax = recordsMax;
    const struck = this.#calls.choose('poll begins', pollFaults);
    struck?.of.strike(this.#member, struck.ms);
    const brought = this.#brought.splice(0);
    const waitMs = brought.length > 0 ? 0 : timeoutMs;
    const batches = await this.#calls.make('poll', () => this.inner.poll(this.#recordsMax, waitMs));
    if (this.#isUnheard) this.inner.accept();
    this.#isUnheard = false;
    for (const event of this.#late.splice(0)) this.#calls.clock.timer(0, () => this.#options.onRebalance(event));
    for (const batch of batches) {
      this.#calls.choose('batch', batchFaults)?.of.strike(this.#member, batch);
      this.#fetch(batch);
    }
    return brought.length > 0 ? [...brought, ...batches] : batches;
  }

  accept(): void {
    this.inner.accept();
  }

  assign(partitions: readonly TopicPartitionOffset[]): void {
    this.inner.assign(partitions);
    for (const { topic, partition } of partitions) this.#beginReading({ topic, partition });
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.inner.unassign(partitions);
    for (const partition of partitions) {
      const key = partitionKey(partition);
      this.#reading.delete(key);
      this.#silent.delete(key);
    }
  }

  rewind(position: TopicPartitionOffset): void {
    this.inner.rewind(position);
    this.#beginReading({ topic: position.topic, partition: position.partition });
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.inner.pause(partitions);
    for (const partition of partitions) this.#paused.add(partitionKey(partition));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.delete(partitionKey(partition));
    this.inner.resume(partitions.filter((partition) => !this.#silent.has(partitionKey(partition))));
  }

  position(partition: TopicPartition): number | undefined {
    return this.inner.position(partition);
  }

  committed(partition: TopicPartition, timeoutMs: number): Promise<GroupOffset | undefined> {
    return this.#calls.make('committed', () => this.inner.committed(partition, timeoutMs));
  }

  commit(offset: TopicPartition & GroupOffset): Promise<void> {
    return this.#calls.make('commit-offset', () => this.inner.commit(offset));
  }

  hearGroup(): Promise<void> {
    return this.#calls.make('hear-group', () => this.inner.hearGroup());
  }

  close(): Promise<void> {
    return this.#calls.make('close-consumer', () => this.inner.close());
  }

  readonly #member: FaultyMember = {
    reading: () => this.#reading.values(),
    silence: (partition, ms) => this.#silence(partition, ms),
    limit: (recordsMax) => (this.#recordsMax = Math.min(this.#recordsMax, recordsMax)),
    bring: (batch) => void this.#brought.push(batch),
    notice: (message) => this.#options.onNotice({ level: 'warn', message }),
  };

  /** Not paused, and not silent, whatever was before. */
  #beginReading(partition: TopicPartition): void {
    const key = partitionKey(partition);
    this.#reading.set(key, partition);
    this.#paused.delete(key);
    this.#silent.delete(key);
    this.#fetch(partition);
  }

  #fetch({ topic, partition }: TopicPartition): void {
    const struck = this.#calls.choose('fetch', fetchFaults);
    struck?.of.strike(this.#member, { topic, partition }, struck.ms);
  }

  #silence(partition: TopicPartition, ms: number): void {
    const key = partitionKey(partition);
    if (!this.#reading.has(key)) return;
    this.#silent.set(key, { partition, untilMs: this.#calls.clock.monotonicMs() + ms });
    this.inner.pause([partition]);
  }

  #endSilence(): void {
    if (this.#silent.size === 0) return;
    const nowMs = this.#calls.clock.monotonicMs();
    for (const [key, { partition, untilMs }] of this.#silent) {
      if (untilMs > nowMs) continue;
      this.#silent.delete(key);
      if (!this.#paused.has(key)) this.inner.resume([partition]);
    }
  }

  #raised(event: Rebalance): void {
    const struck = this.#calls.choose(
      event.kind,
      eventFaults.filter((fault) => fault.concerns(event)),
    );
    if (struck === undefined) return this.#options.onRebalance(event);
    const heard = struck.of.heard(event);
    if (heard === undefined) this.#isUnheard = true;
    else if (heard.isLate) this.#late.push(heard.event);
    else this.#options.onRebalance(heard.event);
  }
}

function at<Place extends MemberFault['at']>(place: Place): readonly Extract<MemberFault, { readonly at: Place }>[] {
  return memberFaults.filter((fault): fault is Extract<MemberFault, { readonly at: Place }> => fault.at === place);
}

const pollFaults = at('poll');
const fetchFaults = at('fetch');
const eventFaults = at('event');
const batchFaults = [comesAgain];

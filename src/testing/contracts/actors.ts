// Who acts in the contract's cases: an owner that writes in transactions, and a member of a group that reads.

import assert from 'node:assert/strict';
import { type GroupOffset, partitionKey, type TopicPartition, type TransactionalId } from '../../core/ids.js';
import type { Clock } from '../../ports/clock.js';
import { appendHeader } from '../../ports/headers.js';
import type { Consumer, Guard, Kafka, KafkaError, Producer, Rebalance } from '../../ports/kafka.js';
import { OutputBatch } from '../../ports/output-batch.js';
import type { RecordBatch } from '../../ports/record-batch.js';
import type { ContractWorld } from './world.js';

export interface SentText {
  readonly value: string | null;
  readonly key?: string;
  readonly partition?: number;
  readonly timestamp?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Records of one topic as the port takes them. Default: partition 0, no key, a fixed time. */
export function outputs(topic: string, records: readonly (SentText | string)[]): OutputBatch {
  const batch = new OutputBatch([topic]);
  const { sink } = batch;
  const put = (text: string | null | undefined): number => {
    if (text === null || text === undefined) return -1;
    const bytes = new TextEncoder().encode(text);
    const start = sink.position;
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, start);
    sink.position += bytes.length;
    return start;
  };
  for (const record of records) {
    const {
      value,
      key,
      partition = 0,
      timestamp = 1_767_225_600_000,
      headers = {},
    } = typeof record === 'string' ? { value: record } : record;
    const keyStart = put(key);
    const keyEnd = sink.position;
    const valueStart = put(value);
    const valueEnd = sink.position;
    for (const [name, text] of Object.entries(headers)) appendHeader(sink, name, text);
    const headersEnd = sink.position;
    batch.append({
      topic: 0,
      partition,
      timestamp,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
      headersStart: valueEnd,
      headersEnd,
    });
  }
  return batch;
}

/** Each record's value, as text. */
export function valuesOf(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, i) =>
      textOf(batch, batch.columns.valueStart[i] as number, batch.columns.valueEnd[i] as number),
    ),
  );
}

export function textOf({ bytes }: RecordBatch, start: number, end: number): string | null {
  return start < 0 ? null : new TextDecoder().decode(bytes.subarray(start, end));
}

/** Time enough for one call on a busy machine. */
export const callMs = 10_000;
const always: Guard = () => {};

/** One producer of a transactional id. */
export class Owner {
  readonly producer: Producer;

  private constructor(producer: Producer) {
    this.producer = producer;
  }

  /** Connected and initialised. */
  static async open(kafka: Kafka, id: string): Promise<Owner> {
    const owner = await Owner.connect(kafka, id);
    await owner.producer.init(callMs);
    return owner;
  }

  static async connect(kafka: Kafka, id: string): Promise<Owner> {
    const transactionalId = id as TransactionalId;
    return new Owner(await kafka.openProducer({ kind: 'transactional', transactionalId, clientId: id }));
  }

  /** Opens a transaction with these records in it. */
  async begin(topic: string, records: readonly (SentText | string)[]): Promise<void> {
    await this.producer.begin();
    await this.producer.send(outputs(topic, records));
  }

  commit(guard: Guard = always): Promise<void> {
    return this.producer.commit(callMs, guard);
  }

  abort(): Promise<void> {
    return this.producer.abort(callMs);
  }

  sendOffsets(
    consumer: Consumer,
    offsets: readonly (TopicPartition & GroupOffset)[],
    guard: Guard = always,
  ): Promise<void> {
    return this.producer.sendOffsets(offsets, consumer, callMs, guard);
  }

  /** A whole transaction. */
  async write(topic: string, records: readonly (SentText | string)[]): Promise<void> {
    await this.begin(topic, records);
    await this.commit();
  }
}

/** A member that accepts what it is given at once, and gives up what is taken unless it is told not to. */
export class Member {
  readonly consumer: Consumer;
  readonly events: Rebalance[] = [];
  /** What it has, by `<topic>/<partition>`. */
  readonly owned = new Map<string, TopicPartition>();
  /** Whether a revocation waits until `letGo`. */
  holdsOn = false;
  readonly #clock: Clock;
  readonly #unanswered: Rebalance[];
  readonly #reading = new Set<string>();

  private constructor(consumer: Consumer, clock: Clock, events: Rebalance[]) {
    this.consumer = consumer;
    this.#clock = clock;
    this.#unanswered = events;
  }

  static async open(world: ContractWorld, kafka: Kafka, groupId: string, topics: readonly string[]): Promise<Member> {
    const unanswered: Rebalance[] = [];
    const consumer = await kafka.openConsumer({
      groupId,
      topics,
      clientId: world.unique('member'),
      onRebalance: (event) => unanswered.push(event),
      onNotice: () => {},
    });
    return new Member(consumer, world.clock, unanswered);
  }

  /** Joined, with so many partitions. */
  static async join(
    world: ContractWorld,
    kafka: Kafka,
    { groupId, topics, partitions }: { groupId: string; topics: readonly string[]; partitions: number },
  ): Promise<Member> {
    const member = await Member.open(world, kafka, groupId, topics);
    await member.pollUntil(`it has ${partitions} partitions`, () => member.owned.size === partitions);
    return member;
  }

  /** Starts reading everything that it owns. */
  readFrom(offset: number): void {
    this.consumer.assign([...this.owned.values()].map((partition) => ({ ...partition, offset })));
    for (const key of this.owned.keys()) this.#reading.add(key);
  }

  /** One poll, and the answers to what was raised in it. */
  async poll(recordsMax = 1000, timeoutMs = 50): Promise<readonly RecordBatch[]> {
    const batches = await this.consumer.poll(recordsMax, timeoutMs);
    await this.#clock.turn();
    if (!this.holdsOn) this.letGo();
    return batches;
  }

  /** Answers what waits for an answer. */
  letGo(): void {
    for (const event of this.#unanswered.splice(0)) {
      this.events.push(event);
      if (event.kind === 'assigned') {
        this.consumer.accept();
        for (const partition of event.partitions) this.owned.set(partitionKey(partition), partition);
        continue;
      }
      this.consumer.unassign(event.partitions.filter((partition) => this.#reading.delete(partitionKey(partition))));
      for (const partition of event.partitions) this.owned.delete(partitionKey(partition));
    }
  }

  /** Whether an event waits for an answer. */
  get isAsked(): boolean {
    return this.#unanswered.length > 0;
  }

  async pollUntil(what: string, holds: () => boolean): Promise<void> {
    const deadlineMs = this.#clock.monotonicMs() + callMs;
    while (!holds()) {
      assert.ok(this.#clock.monotonicMs() < deadlineMs, `within ${callMs} ms not: ${what}`);
      await this.poll();
    }
  }

  /** So many records, in batches as they come. */
  async take(count: number): Promise<readonly RecordBatch[]> {
    const taken: RecordBatch[] = [];
    const deadlineMs = this.#clock.monotonicMs() + callMs;
    for (let records = 0; records < count; ) {
      assert.ok(this.#clock.monotonicMs() < deadlineMs, `within ${callMs} ms only ${records} of ${count} records came`);
      for (const batch of await this.poll()) {
        taken.push(batch);
        records += batch.length;
      }
    }
    return taken;
  }

  async values(count: number): Promise<(string | null)[]> {
    return valuesOf(await this.take(count));
  }

  /** What comes within this time; for what must not come. */
  async valuesWithin(ms: number): Promise<(string | null)[]> {
    const deadlineMs = this.#clock.monotonicMs() + ms;
    const taken: RecordBatch[] = [];
    while (this.#clock.monotonicMs() < deadlineMs) taken.push(...(await this.poll()));
    return valuesOf(taken);
  }
}

/** What the call fails with. */
export async function failureOf(calling: Promise<unknown>): Promise<KafkaError> {
  try {
    await calling;
  } catch (error) {
    return error as KafkaError;
  }
  assert.fail('it succeeds');
}

/** Until that holds, asked again and again. */
export async function eventually(clock: Clock, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = clock.monotonicMs() + callMs;
  while (!(await holds())) {
    assert.ok(clock.monotonicMs() < deadlineMs, `within ${callMs} ms not: ${what}`);
    await new Promise<void>((resolve) => void clock.timer(10, resolve));
  }
}

/** The log has so many offsets, those of open transactions included. */
export async function hasReached(world: ContractWorld, kafka: Kafka, topic: string, offset: number): Promise<void> {
  await eventually(world.clock, `${topic} reaches ${offset}`, async () => {
    const [high = 0] = await kafka.highWatermarks([{ topic, partition: 0 }]);
    return high >= offset;
  });
}

/** All of them poll until that holds. */
export async function together(members: readonly Member[], what: string, holds: () => boolean): Promise<void> {
  const turns = { areOver: false };
  const others = members.slice(1).map(async (member) => {
    while (!turns.areOver) await member.poll();
  });
  try {
    await members[0]?.pollUntil(what, holds);
  } finally {
    turns.areOver = true;
    await Promise.all(others);
  }
}

// A member of a group that reads, and answers the group.

import assert from 'node:assert/strict';
import { type GroupOffset, partitionKey, type TopicPartition } from '../../core/ids.js';
import type { Clock } from '../../ports/clock.js';
import type { Consumer, Kafka, Rebalance } from '../../ports/kafka.js';
import type { RecordBatch } from '../../ports/record-batch.js';
import { valuesOf } from './texts.js';
import { callMs } from './waits.js';
import type { ContractWorld } from './world.js';

/** What a member needs of the world that it is in. */
type Place = Pick<ContractWorld, 'clock' | 'unique'>;

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

  static async open(world: Place, kafka: Kafka, groupId: string, topics: readonly string[]): Promise<Member> {
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
    world: Place,
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

  /** Commits outside transactions; polls until the group has answered. */
  async commit(offset: TopicPartition & GroupOffset): Promise<void> {
    let isAnswered = false;
    const committing = this.consumer.commit(offset).finally(() => (isAnswered = true));
    // Its failure is for whoever waits for this.
    committing.catch(() => {});
    await this.pollUntil('the group has answered', () => isAnswered);
    return committing;
  }

  /** What comes within this time; for what must not come. */
  async valuesWithin(ms: number): Promise<(string | null)[]> {
    const deadlineMs = this.#clock.monotonicMs() + ms;
    const taken: RecordBatch[] = [];
    while (this.#clock.monotonicMs() < deadlineMs) taken.push(...(await this.poll()));
    return valuesOf(taken);
  }
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

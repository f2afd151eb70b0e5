// A group of a sequence: its members poll together, answer the group at once, and read what they own. Which member owns what is
// the assignor's choice, by ids that brokers draw: what is said of the group says how many each has, and what is done to a
// partition is done by whoever owns it. After each change of members all partitions are read from the beginning, because which
// of them have kept their owner is a part of that choice.

import { type GroupOffset, partitionKey, type TopicPartition } from '../../../src/core/ids.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { Consumer, Kafka, Rebalance } from '../../../src/ports/kafka.js';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { valuesOf } from '../../../src/testing/contracts/texts.js';
import { callMs } from '../../../src/testing/contracts/waits.js';

export interface GroupSetup {
  readonly world: ContractWorld;
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly partitions: readonly TopicPartition[];
  /** Whether each member hears of each sharing, also where it is given nothing: so it is in the classic protocol. */
  readonly tellsAll: boolean;
}

export class Group {
  readonly groupId: string;
  readonly #setup: GroupSetup;
  /** Those that have left are kept: their offsets may still be sent. */
  readonly #members = new Map<number, Member>();
  /** What has come and was not taken yet, by partition. */
  readonly #come: string[][];
  /** Counts events, so that it can be said what came after what. */
  #time = 0;
  #changed = 0;

  constructor(setup: GroupSetup) {
    this.groupId = setup.groupId;
    this.#setup = setup;
    this.#come = setup.partitions.map(() => []);
  }

  async join(number: number): Promise<string> {
    const member = await Member.open(this.#setup, () => ++this.#time);
    this.#members.set(number, member);
    return this.#share();
  }

  async leave(number: number): Promise<string> {
    await this.#members.get(number)?.close();
    return this.#open.length > 0 ? this.#share() : 'ok';
  }

  /** The consumer of a member that is there, or was. */
  consumerOf(number: number): Consumer | undefined {
    return this.#members.get(number)?.consumer;
  }

  /** Somebody of the group who can ask for it. */
  get anybody(): Consumer | undefined {
    return this.#open[0]?.consumer;
  }

  /** What has come by now that nobody has taken yet, and where that leaves each partition; `taken` forgets it. */
  async come(): Promise<string> {
    await this.#poll();
    return this.#come
      .map((records, partition) => [`${partition}:`, ...records, `@${this.#positionOf(partition) ?? '-'}`].join(' '))
      .join(', ');
  }

  taken(): void {
    for (const records of this.#come) records.length = 0;
  }

  rewind(partition: number, offset: number): string {
    return this.#byOwner(partition, (owner, one) => {
      owner.readFrom(one, offset);
      (this.#come[partition] as string[]).length = 0;
    });
  }

  pause(partition: number): string {
    return this.#byOwner(partition, ({ consumer }, one) => consumer.pause([one]));
  }

  resume(partition: number): string {
    return this.#byOwner(partition, ({ consumer }, one) => consumer.resume([one]));
  }

  position(partition: number): string {
    return this.#byOwner(partition, () => {}) + ` ${this.#positionOf(partition) ?? '-'}`;
  }

  async commit(number: number, offset: TopicPartition & GroupOffset): Promise<void> {
    const committing = this.#members.get(number)?.consumer.commit(offset) ?? Promise.resolve();
    // The answer comes through while the member polls. Its failure is for whoever waits for this.
    const answer = { isThere: false };
    const answered = (): void => void (answer.isThere = true);
    committing.then(answered, answered);
    const deadlineMs = this.#clock.monotonicMs() + callMs;
    while (!answer.isThere && this.#clock.monotonicMs() < deadlineMs) await this.#poll();
    if (!answer.isThere) throw new Error('the group has not answered the commit');
    return committing;
  }

  async close(): Promise<void> {
    for (const member of this.#open) await member.close();
  }

  get #open(): readonly Member[] {
    return [...this.#members.values()].filter(({ isOpen }) => isOpen);
  }

  get #clock(): Clock {
    return this.#setup.world.clock;
  }

  /** Until the group has settled. How many partitions each has. */
  async #share(): Promise<string> {
    this.#changed = ++this.#time;
    const deadlineMs = this.#clock.monotonicMs() + callMs;
    while (!this.#isShared && this.#clock.monotonicMs() < deadlineMs) await this.#poll();
    for (const member of this.#open) member.readAll();
    this.taken();
    const counts = this.#open.map(({ owned }) => owned.size).sort((a, b) => b - a);
    return `${this.#isShared ? 'ok' : 'not shared'} ${counts.join()}`;
  }

  /** Everybody has heard of the last sharing, behind which nobody has given anything back, and each has as much as the others. */
  get #isShared(): boolean {
    const open = this.#open;
    const since = Math.max(this.#changed, ...open.map(({ revokedAt }) => revokedAt));
    const counts = open.map(({ owned }) => owned.size);
    return (
      (!this.#setup.tellsAll || open.every(({ assignedAt }) => assignedAt > since)) &&
      counts.reduce((sum, count) => sum + count, 0) === this.#setup.partitions.length &&
      Math.max(...counts) - Math.min(...counts) <= 1
    );
  }

  async #poll(): Promise<void> {
    await Promise.all(
      this.#open.map(async (member) => {
        for (const batch of await member.poll())
          this.#come[batch.partition]?.push(
            ...valuesOf([batch]).map((value, i) => `${batch.columns.offset[i]}:${value}`),
          );
      }),
    );
  }

  #positionOf(partition: number): number | undefined {
    let position: number | undefined;
    this.#byOwner(partition, ({ consumer }, one) => void (position = consumer.position(one)));
    return position;
  }

  #byOwner(partition: number, act: (owner: Member, partition: TopicPartition) => void): string {
    const one = this.#setup.partitions[partition] as TopicPartition;
    const owner = this.#open.find(({ owned }) => owned.has(partitionKey(one)));
    if (owner === undefined) return 'nobody owns it';
    act(owner, one);
    return 'ok';
  }
}

class Member {
  readonly consumer: Consumer;
  readonly owned = new Map<string, TopicPartition>();
  isOpen = true;
  assignedAt = 0;
  revokedAt = 0;
  readonly #clock: Clock;
  readonly #raised: Rebalance[];
  readonly #tick: () => number;
  readonly #reading = new Set<string>();

  private constructor(consumer: Consumer, clock: Clock, raised: Rebalance[], tick: () => number) {
    this.consumer = consumer;
    this.#clock = clock;
    this.#raised = raised;
    this.#tick = tick;
  }

  static async open({ world, kafka, groupId, partitions }: GroupSetup, tick: () => number): Promise<Member> {
    const raised: Rebalance[] = [];
    const consumer = await kafka.openConsumer({
      groupId,
      topics: [...new Set(partitions.map(({ topic }) => topic))],
      clientId: world.unique('member'),
      onRebalance: (event) => void raised.push(event),
      onNotice: () => {},
    });
    return new Member(consumer, world.clock, raised, tick);
  }

  async poll(): ReturnType<Consumer['poll']> {
    const batches = await this.consumer.poll(1000, 20);
    await this.#clock.turn();
    for (const event of this.#raised.splice(0)) this.#answer(event);
    return batches;
  }

  /** Everything that it owns, from the beginning. */
  readAll(): void {
    const kept = [...this.owned.values()].filter((partition) => this.#reading.has(partitionKey(partition)));
    const added = [...this.owned.values()].filter((partition) => !this.#reading.has(partitionKey(partition)));
    if (added.length > 0) this.consumer.assign(added.map((partition) => ({ ...partition, offset: 0 })));
    for (const partition of added) this.#reading.add(partitionKey(partition));
    for (const partition of kept) this.consumer.rewind({ ...partition, offset: 0 });
  }

  readFrom(partition: TopicPartition, offset: number): void {
    const key = partitionKey(partition);
    if (this.#reading.has(key)) this.consumer.rewind({ ...partition, offset });
    else this.consumer.assign([{ ...partition, offset }]);
    this.#reading.add(key);
  }

  async close(): Promise<void> {
    this.isOpen = false;
    await this.consumer.close();
  }

  #answer({ kind, partitions }: Rebalance): void {
    if (kind === 'assigned') {
      this.consumer.accept();
      for (const partition of partitions) this.owned.set(partitionKey(partition), partition);
      this.assignedAt = this.#tick();
      return;
    }
    this.consumer.unassign(partitions.filter((partition) => this.#reading.delete(partitionKey(partition))));
    for (const partition of partitions) this.owned.delete(partitionKey(partition));
    this.revokedAt = this.#tick();
  }
}

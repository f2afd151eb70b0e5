// Where a sequence is played: its topic, its ids and groups, and whoever it has opened. Does one operation at a time and says
// what is to be seen then.

import type { GroupOffset, TopicPartition } from '../../../src/core/ids.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { Consumer, Kafka, Producer } from '../../../src/ports/kafka.js';
import type { OutputBatch } from '../../../src/ports/output-batch.js';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { Owner } from '../../../src/testing/contracts/owner.js';
import { outputs } from '../../../src/testing/contracts/texts.js';
import { callMs } from '../../../src/testing/contracts/waits.js';
import { Group } from './group.js';
import type { Step } from './observation.js';
import { type MemberOffset, type Operation, protocols, sizes } from './operation.js';
import { answered, failure } from './outcome.js';
import type { Pace } from './pace.js';
import { Producers } from './producers.js';
import { readToEnd, writeEnd } from './reading.js';

export class Stage {
  readonly #world: ContractWorld;
  readonly #pace: Pace;
  /** One for each group. */
  readonly #clients: readonly Kafka[];
  readonly #topic: string;
  readonly #partitions: readonly TopicPartition[];
  readonly #ids: readonly string[];
  readonly #producers: Producers;
  readonly #groups = new Map<number, Group>();
  #idempotent: Producer | undefined;
  #records = 0;
  /** Whether a hurried transaction has been open for too long to say who ended it. */
  isLate = false;

  private constructor(world: ContractWorld, pace: Pace, clients: readonly Kafka[], topic: string) {
    this.#world = world;
    this.#pace = pace;
    this.#clients = clients;
    this.#topic = topic;
    this.#partitions = Array.from({ length: sizes.partitions }, (_, partition) => ({ topic, partition }));
    this.#ids = Array.from({ length: sizes.ids }, (_, i) => world.unique(`id-${i}`));
    this.#producers = new Producers(this.#ids, () => this.#clock.monotonicMs());
  }

  static async set(world: ContractWorld, pace: Pace): Promise<Stage> {
    const clients = protocols.map((protocol) => world.client({ transactionTimeoutMs: unhurriedMs, ...protocol }));
    return new Stage(world, pace, await Promise.all(clients), await world.createTopic(sizes.partitions));
  }

  /** `expected`: what the model has seen there, where it has been played on the model. */
  async perform(operation: Operation, expected: Step | undefined): Promise<Step> {
    const outcome = (await this.#do(operation, expected?.outcome).catch(failure)) + (await this.#taintOf(operation));
    if (operation.do === 'outwait') this.#producers.outwaited(operation.producer);
    if (this.#producers.hurriedForMs > this.#pace.lateMs) this.isLate = true;
    const logs = writing.has(operation.do) ? await this.#pace.settled(() => this.#logs(), expected?.logs) : '';
    return { operation, outcome, logs };
  }

  /**
   * Everybody goes, what they have left open is ended, and a last record is written to every partition. What each group has
   * committed, and what a reader of committed records gets up to there, with its offsets.
   */
  async end(): Promise<readonly string[]> {
    await this.#producers.closeAll();
    const last = await Promise.all(this.#ids.map((id) => Owner.open(this.#kafka, id)));
    try {
      const [first] = last;
      if (first) await writeEnd(first, this.#partitions);
    } finally {
      for (const owner of last) await owner.producer.close();
    }
    const committed = [...this.#groups]
      .sort(([a], [b]) => a - b)
      .map(([number, group]) => this.#committedOf(number, group));
    return [...(await Promise.all(committed)), ...(await readToEnd(this.#world, this.#kafka, this.#partitions))];
  }

  async close(): Promise<void> {
    await this.#producers.closeAll();
    await this.#idempotent?.close();
    await Promise.all([...this.#groups.values()].map((group) => group.close()));
  }

  async #do(operation: Operation, expected: string | undefined): Promise<string> {
    switch (operation.do) {
      case 'open': {
        const transactionTimeoutMs = operation.isHurried ? this.#pace.hurriedMs : unhurriedMs;
        const kafka = await this.#world.client({ transactionTimeoutMs });
        await this.#producers.open(operation.producer, operation.id, kafka, operation.isHurried);
        return 'ok';
      }
      case 'init':
        return this.#producers.init(operation.producer);
      case 'begin':
        return this.#producers.begin(operation.producer);
      case 'send':
        return this.#producers.send(operation.producer, this.#outputsOf(operation));
      case 'send-offset': {
        const consumer = this.#group(operation.group).consumerOf(operation.member);
        return consumer
          ? this.#producers.sendOffset(operation.producer, consumer, this.#offsetOf(operation))
          : 'nobody';
      }
      case 'outwait':
        await this.#pace.outwait();
        return 'ok';
      case 'commit':
        return this.#producers.commit(operation.producer);
      case 'abort':
        return this.#producers.abort(operation.producer);
      case 'close':
        await this.#producers.close(operation.producer);
        return 'ok';
      case 'deliver':
        this.#idempotent ??= await this.#kafka.openProducer({
          kind: 'idempotent',
          clientId: this.#world.unique('idempotent'),
        });
        return answered(async () => this.#idempotent?.deliver(this.#outputsOf(operation), callMs));
      case 'join':
      case 'leave':
      case 'take':
      case 'rewind':
      case 'pause':
      case 'resume':
      case 'position':
      case 'committed':
      case 'commit-offset':
        return this.#doInGroup(this.#group(operation.group), operation, expected);
    }
  }

  /** What the client has to say of its connections can come two turns after the call. */
  async #taintOf(operation: Operation): Promise<string> {
    if (!('producer' in operation)) return '';
    for (let turns = 0; turns < 2; turns++) await this.#clock.turn();
    return this.#producers.isTainted(operation.producer) ? ', tainted' : '';
  }

  async #doInGroup(
    group: Group,
    operation: Exclude<Operation, { readonly producer: number } | { readonly do: 'deliver' }>,
    expected: string | undefined,
  ): Promise<string> {
    switch (operation.do) {
      case 'join':
        return group.join(operation.member);
      case 'leave':
        return group.leave(operation.member);
      case 'take':
        return this.#take(group, expected);
      case 'rewind':
        return group.rewind(operation.partition, await this.#readable(operation));
      case 'pause':
        return group.pause(operation.partition);
      case 'resume':
        return group.resume(operation.partition);
      case 'position':
        return group.position(operation.partition);
      case 'committed': {
        const consumer = group.consumerOf(operation.member);
        const partition = this.#partitions[operation.partition];
        return consumer && partition ? committedOf(consumer, partition) : 'nobody';
      }
      case 'commit-offset':
        await group.commit(operation.member, this.#offsetOf(operation));
        // How much has come while it polled for the answer hangs on time: so it takes all.
        return this.#take(group, expected);
    }
  }

  async #take(group: Group, expected: string | undefined): Promise<string> {
    const taken = await this.#pace.settled(() => group.come(), expected);
    group.taken();
    return taken;
  }

  /** How far the partitions reach, and how far they are settled. */
  async #logs(): Promise<string> {
    const highs = await this.#kafka.highWatermarks(this.#partitions);
    const ranges = await this.#kafka.offsetRanges(this.#partitions);
    return highs.map((high, i) => (ranges[i]?.stable === high ? `${high}` : `${ranges[i]?.stable}…${high}`)).join(' ');
  }

  /** No further than readers of committed records may read: where nothing is, the client would not go. */
  async #readable({ partition, offset }: { readonly partition: number; readonly offset: number }): Promise<number> {
    const [range] = await this.#kafka.offsetRanges(this.#partitions.slice(partition, partition + 1));
    return Math.min(offset, range?.stable ?? 0);
  }

  async #committedOf(number: number, group: Group): Promise<string> {
    const { anybody, groupId } = group;
    const consumer = anybody ?? (await this.#stranger(number, groupId));
    const offsets: string[] = [];
    for (const partition of this.#partitions) offsets.push(await committedOf(consumer, partition).catch(failure));
    if (anybody === undefined) await consumer.close();
    return `group ${number} has committed ${offsets.join(', ')}`;
  }

  /** Somebody who asks, and does not poll. */
  #stranger(number: number, groupId: string): Promise<Consumer> {
    const clientId = this.#world.unique('member');
    return (this.#clients[number] as Kafka).openConsumer({
      groupId,
      topics: [this.#topic],
      clientId,
      onRebalance() {},
      onNotice() {},
    });
  }

  #group(number: number): Group {
    let group = this.#groups.get(number);
    if (group === undefined) {
      const groupId = this.#world.unique(`group-${number}`);
      group = new Group({
        world: this.#world,
        kafka: this.#clients[number] as Kafka,
        groupId,
        partitions: this.#partitions,
        tellsAll: !('groupProtocol' in (protocols[number] ?? {})),
      });
      this.#groups.set(number, group);
    }
    return group;
  }

  #outputsOf({ partition, records }: { readonly partition: number; readonly records: number }): OutputBatch {
    const values = Array.from({ length: records }, () => ({ value: `${++this.#records}`, partition }));
    return outputs(this.#topic, values);
  }

  #offsetOf({ partition, offset }: MemberOffset): TopicPartition & GroupOffset {
    return { topic: this.#topic, partition, offset, metadata: `at ${offset}` };
  }

  get #kafka(): Kafka {
    return this.#clients[0] as Kafka;
  }

  get #clock(): Clock {
    return this.#world.clock;
  }
}

async function committedOf(consumer: Consumer, partition: TopicPartition): Promise<string> {
  const found = await consumer.committed(partition, committedMs);
  return found ? `${found.offset} (${found.metadata})` : 'none';
}

/** What can change a log; a `close` as well, if it were to end a transaction. */
const writing: ReadonlySet<Operation['do']> = new Set([
  'init',
  'send',
  'outwait',
  'commit',
  'abort',
  'close',
  'deliver',
]);
/** Longer than a sequence. */
const unhurriedMs = 600_000;
/** An offset that a transaction has in hand is waited for in vain. */
const committedMs = 3000;

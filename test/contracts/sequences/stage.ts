// Where a sequence is played: its topic, its ids, and whoever it has opened. Does one operation at a time and says what came of it.

import type { Clock } from '../../../src/ports/clock.js';
import { type Kafka, KafkaError, unanswered } from '../../../src/ports/kafka.js';
import type { OutputBatch } from '../../../src/ports/output-batch.js';
import type { ContractWorld } from '../../../src/testing/contracts/index.js';
import { Member } from '../../../src/testing/contracts/member.js';
import { Owner } from '../../../src/testing/contracts/owner.js';
import { outputs, valuesOf } from '../../../src/testing/contracts/texts.js';
import { callMs } from '../../../src/testing/contracts/waits.js';
import { type Operation, sizes } from './operation.js';

export class Stage {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly clock: Clock;
  readonly #world: ContractWorld;
  readonly #ids: readonly string[];
  readonly #producers = new Map<number, Actor>();
  /** Every producer that was opened, so that all can be closed. */
  readonly #opened: Owner[] = [];
  /** Who has initialised each id last. */
  readonly #current = new Map<number, Actor>();
  #records = 0;

  private constructor(world: ContractWorld, kafka: Kafka, topic: string) {
    this.#world = world;
    this.clock = world.clock;
    this.kafka = kafka;
    this.topic = topic;
    this.#ids = Array.from({ length: sizes.ids }, (_, i) => world.unique(`id-${i}`));
  }

  static async set(world: ContractWorld): Promise<Stage> {
    return new Stage(world, await world.client(), await world.createTopic(sizes.partitions));
  }

  /** What comes of it, as text: `ok`, or the error's code and flags. */
  async perform(operation: Operation): Promise<string> {
    return this.#do(operation).catch(failure);
  }

  /** How far the partitions reach, and how far they are settled. */
  async logs(): Promise<string> {
    const partitions = Array.from({ length: sizes.partitions }, (_, partition) => ({ topic: this.topic, partition }));
    const highs = await this.kafka.highWatermarks(partitions);
    const ranges = await this.kafka.offsetRanges(partitions);
    return highs.map((high, i) => (ranges[i]?.stable === high ? `${high}` : `${ranges[i]?.stable}…${high}`)).join(' ');
  }

  /**
   * Everybody goes, what they have left open is ended, and a last record is written to every partition. What a reader of committed
   * records gets up to there, with its offsets.
   */
  async end(): Promise<readonly string[]> {
    await this.close();
    for (const id of this.#ids) this.#opened.push(await Owner.open(this.kafka, id));
    const [first] = this.#opened;
    const partitions = Array.from({ length: sizes.partitions }, (_, partition) => partition);
    await first?.write(
      this.topic,
      partitions.map((partition) => ({ value: lastValue, partition })),
    );
    const reader = await Member.join(this.#world, this.kafka, {
      groupId: this.#world.unique('reader'),
      topics: [this.topic],
      partitions: sizes.partitions,
    });
    try {
      return await readToEnd(reader, this.clock);
    } finally {
      await reader.consumer.close();
    }
  }

  async close(): Promise<void> {
    for (const owner of this.#opened.splice(0)) await owner.producer.close();
    this.#producers.clear();
  }

  async #do(operation: Operation): Promise<string> {
    if (operation.do === 'open') {
      const owner = await Owner.connect(this.kafka, this.#ids[operation.id] as string);
      this.#opened.push(owner);
      this.#producers.set(operation.producer, new Actor(owner, operation.id));
      return 'ok';
    }
    const actor = this.#producers.get(operation.producer);
    if (actor === undefined) return 'nobody';
    const { owner } = actor;
    switch (operation.do) {
      case 'init': {
        const outcome = await answered(() => owner.producer.init(callMs));
        this.#current.set(actor.id, actor);
        return outcome;
      }
      case 'begin':
        return actor.unlessUnheard(() => owner.producer.begin());
      case 'send':
        return actor.unlessUnheard(async () => {
          await owner.producer.send(this.#outputsOf(operation));
          const last = this.#current.get(actor.id);
          actor.isUnheard = last !== undefined && last !== actor;
        });
      case 'commit':
        return actor.hearing(() => answered(() => owner.commit()));
      case 'abort':
        return actor.hearing(() => answered(() => owner.abort()));
      case 'close':
        return answered(() => owner.producer.close());
    }
  }

  #outputsOf({ partition, records }: Extract<Operation, { do: 'send' }>): OutputBatch {
    const values = Array.from({ length: records }, () => ({ value: `${++this.#records}`, partition }));
    return outputs(this.topic, values);
  }
}

/** One producer of the sequence. */
class Actor {
  readonly owner: Owner;
  readonly id: number;
  /**
   * Whether somebody has taken its id over and it has sent since: that this was refused, it hears at some time between then and the
   * next call that waits for the brokers. Calls that do not wait can go either way until then; they are made, and not compared.
   */
  isUnheard = false;

  constructor(owner: Owner, id: number) {
    this.owner = owner;
    this.id = id;
  }

  async unlessUnheard(call: () => Promise<void>): Promise<string> {
    if (!this.isUnheard) return answered(call);
    await call().catch(() => {});
    return 'not heard yet';
  }

  async hearing(call: () => Promise<string>): Promise<string> {
    try {
      return await call();
    } finally {
      this.isUnheard = false;
    }
  }
}

/** Until the last record of every partition has come. */
async function readToEnd(reader: Member, clock: Clock): Promise<readonly string[]> {
  const read = Array.from({ length: sizes.partitions }, () => [] as string[]);
  const deadlineMs = clock.monotonicMs() + callMs;
  reader.readFrom(0);
  while (!read.every((records) => records.at(-1)?.endsWith(lastValue)) && clock.monotonicMs() < deadlineMs)
    for (const batch of await reader.poll())
      read[batch.partition]?.push(...valuesOf([batch]).map((value, i) => `${batch.columns.offset[i]}:${value}`));
  return read.map((records, partition) => `partition ${partition}: ${records.join(' ')}`);
}

const lastValue = 'end';

/** A call that had no answer in time is made again, as the port asks for (E8). */
async function answered(call: () => Promise<unknown>): Promise<string> {
  for (let attempt = 1; ; attempt++)
    try {
      await call();
      return 'ok';
    } catch (error) {
      if (!(error instanceof KafkaError) || !unanswered.has(error.code) || attempt === attemptsMax) throw error;
    }
}

const attemptsMax = 3;

function failure(error: unknown): string {
  if (!(error instanceof KafkaError)) return String(error);
  const { code, retriable, abortable, fenced, fatal } = error;
  const flags = Object.entries({ retriable, abortable, fenced, fatal }).flatMap(([name, is]) => (is ? [name] : []));
  return [code, ...flags].join(' ');
}

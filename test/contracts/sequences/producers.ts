// The transactional producers of a sequence.

import type { GroupOffset, TopicPartition } from '../../../src/core/ids.js';
import type { Consumer, Kafka } from '../../../src/ports/kafka.js';
import type { OutputBatch } from '../../../src/ports/output-batch.js';
import { Owner } from '../../../src/testing/contracts/owner.js';
import { callMs } from '../../../src/testing/contracts/waits.js';
import { answered } from './outcome.js';

export class Producers {
  readonly #ids: readonly string[];
  readonly #now: () => number;
  readonly #actors = new Map<number, Actor>();
  /** Every producer that was opened, so that all can be closed. */
  readonly #opened: Owner[] = [];
  /** Who has initialised each id last. */
  readonly #current = new Map<number, Actor>();

  constructor(ids: readonly string[], now: () => number) {
    this.#ids = ids;
    this.#now = now;
  }

  async open(number: number, id: number, kafka: Kafka, isHurried: boolean): Promise<void> {
    const owner = await Owner.connect(kafka, this.#ids[id] as string);
    this.#opened.push(owner);
    this.#actors.set(number, new Actor(owner, id, isHurried));
  }

  async init(number: number): Promise<string> {
    const actor = this.#actor(number);
    const outcome = await answered(() => actor.owner.producer.init(callMs));
    const before = this.#current.get(actor.id);
    if (before && before !== actor) before.isSuperseded = true;
    this.#current.set(actor.id, actor);
    return outcome;
  }

  begin(number: number): Promise<string> {
    const actor = this.#actor(number);
    return actor.unlessUnheard(() => actor.owner.producer.begin());
  }

  send(number: number, outputs: OutputBatch): Promise<string> {
    const actor = this.#actor(number);
    return actor.unlessUnheard(async () => {
      await actor.owner.producer.send(outputs);
      actor.isUnheard = actor.isSuperseded;
      actor.openSinceMs ??= this.#now();
    });
  }

  sendOffset(number: number, consumer: Consumer, offset: TopicPartition & GroupOffset): Promise<string> {
    const actor = this.#actor(number);
    return answered(async () => {
      await actor.owner.sendOffsets(consumer, [offset]);
      actor.openSinceMs ??= this.#now();
    });
  }

  commit(number: number): Promise<string> {
    const actor = this.#actor(number);
    return actor.ending(() => actor.owner.commit());
  }

  abort(number: number): Promise<string> {
    const actor = this.#actor(number);
    return actor.ending(() => actor.owner.abort());
  }

  async close(number: number): Promise<void> {
    await this.#actor(number).owner.producer.close();
  }

  /** Whether it is not to be used for another transaction (E7). */
  isTainted(number: number): boolean {
    const { owner, isUnheard } = this.#actor(number);
    return owner.producer.isTainted && !isUnheard;
  }

  /** The brokers have ended its transaction. */
  outwaited(number: number): void {
    const actor = this.#actor(number);
    actor.isSuperseded = true;
    actor.openSinceMs = undefined;
  }

  /** How long hurried transactions have been open that are, or were until this moment. */
  get hurriedForMs(): number {
    const hurried = [...this.#actors.values()].filter(({ isHurried }) => isHurried);
    return Math.max(
      0,
      ...hurried.map(({ openSinceMs }) => (openSinceMs === undefined ? 0 : this.#now() - openSinceMs)),
    );
  }

  async closeAll(): Promise<void> {
    for (const owner of this.#opened.splice(0)) await owner.producer.close();
    this.#actors.clear();
  }

  #actor(number: number): Actor {
    const actor = this.#actors.get(number);
    if (actor === undefined) throw new Error(`there is no producer ${number}`);
    return actor;
  }
}

/** One producer of the sequence. */
class Actor {
  readonly owner: Owner;
  readonly id: number;
  readonly isHurried: boolean;
  /** Whether its id has been taken over, or its transaction's time was over. */
  isSuperseded = false;
  /**
   * Whether it was superseded and has sent since: that this was refused, it hears at some time between then and the next call that
   * waits for the brokers. Calls that do not wait can go either way until then; they are made, and not compared.
   */
  isUnheard = false;
  openSinceMs: number | undefined;

  constructor(owner: Owner, id: number, isHurried: boolean) {
    this.owner = owner;
    this.id = id;
    this.isHurried = isHurried;
  }

  async unlessUnheard(call: () => Promise<void>): Promise<string> {
    if (!this.isUnheard) return answered(call);
    await call().catch(() => {});
    return 'not heard yet';
  }

  async ending(call: () => Promise<void>): Promise<string> {
    const outcome = await answered(call);
    this.isUnheard = false;
    if (outcome === 'ok') this.openSinceMs = undefined;
    return outcome;
  }
}

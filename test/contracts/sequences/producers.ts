// The transactional producers of a sequence.

import type { GroupOffset, TopicPartition } from '../../../src/core/ids.js';
import type { Consumer, Kafka } from '../../../src/ports/kafka.js';
import type { OutputBatch } from '../../../src/ports/output-batch.js';
import { Owner } from '../../../src/testing/contracts/owner.js';
import { callMs } from '../../../src/testing/contracts/waits.js';
import { answered, closedOutcome, fatalOutcome, fencedOutcome } from './outcome.js';

export class Producers {
  readonly #ids: readonly string[];
  readonly #now: () => number;
  readonly #actors = new Map<number, Actor>();
  /** Every producer that was opened: all are to be closed, and what they have left open can time out. */
  readonly #opened: Actor[] = [];
  /** Who has initialised each id last. */
  readonly #current = new Map<number, Actor>();

  constructor(ids: readonly string[], now: () => number) {
    this.#ids = ids;
    this.#now = now;
  }

  async open(number: number, id: number, kafka: Kafka, isHurried: boolean): Promise<void> {
    const owner = await Owner.connect(kafka, this.#ids[id] as string);
    const actor = new Actor(owner, id, isHurried);
    this.#opened.push(actor);
    this.#actors.set(number, actor);
  }

  async init(number: number): Promise<string> {
    const actor = this.#actor(number);
    const outcome = await actor.unlessUnheard(() => actor.owner.producer.init(callMs));
    if (outcome !== 'ok') return outcome;
    const before = this.#current.get(actor.id);
    if (before) {
      before.isSuperseded = true;
      before.openSinceMs = undefined;
    }
    this.#current.set(actor.id, actor);
    return outcome;
  }

  begin(number: number): Promise<string> {
    const actor = this.#actor(number);
    return actor.unlessUnheard(() => actor.owner.producer.begin());
  }

  async send(number: number, outputs: OutputBatch): Promise<string> {
    const actor = this.#actor(number);
    const outcome = await actor.unlessUnheard(async () => {
      await actor.owner.producer.send(outputs);
      actor.openSinceMs ??= this.#now();
    });
    // The first record can be refused before the last one is handed over.
    if (!actor.isSuperseded || !(outcome === 'ok' || outcome === fatalOutcome)) return outcome;
    actor.isUnheard = true;
    return 'not heard yet';
  }

  sendOffset(number: number, consumer: Consumer, offset: TopicPartition & GroupOffset): Promise<string> {
    const actor = this.#actor(number);
    return actor.unlessLost(async () => {
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
    const hurried = this.#opened.filter(({ isHurried }) => isHurried);
    return Math.max(
      0,
      ...hurried.map(({ openSinceMs }) => (openSinceMs === undefined ? 0 : this.#now() - openSinceMs)),
    );
  }

  async closeAll(): Promise<void> {
    for (const { owner } of this.#opened.splice(0)) await owner.producer.close();
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
  /**
   * Whether a call of it has failed for good. Of the client's next calls one can succeed all the same, by a result that was left
   * over (nothing is done): whoever calls on learns nothing from what they answer.
   */
  isLost = false;

  constructor(owner: Owner, id: number, isHurried: boolean) {
    this.owner = owner;
    this.id = id;
    this.isHurried = isHurried;
  }

  async unlessUnheard(call: () => Promise<void>): Promise<string> {
    if (!this.isUnheard) return this.unlessLost(call);
    await call().catch(() => {});
    return 'not heard yet';
  }

  async ending(call: () => Promise<void>): Promise<string> {
    const outcome = await this.unlessLost(call);
    this.isUnheard = false;
    if (outcome === 'ok') this.openSinceMs = undefined;
    return outcome;
  }

  async unlessLost(call: () => Promise<unknown>): Promise<string> {
    const wasLost = this.isLost;
    const outcome = await answered(call);
    if (outcome === fencedOutcome) this.isLost = true;
    return wasLost && outcome !== closedOutcome ? 'lost' : outcome;
  }
}

// What a partition knows of the producers that write to it: the epoch of each, its next sequence, its last batches, and where its
// open transaction begins (Kafka's ProducerStateManager). One that has not written for long is forgotten.

import { Refusal } from './refusal.js';

export interface ProducerEpoch {
  readonly id: number;
  readonly epoch: number;
}

/** What a producer says of a batch; of the records of one that says nothing, nothing is known but their order. */
export interface BatchOrigin extends ProducerEpoch {
  /** Of the first record; each record takes one. */
  readonly sequence: number;
  readonly isTransactional: boolean;
}

interface ProducerState {
  epoch: number;
  /** The next one. */
  sequence: number;
  /** The last batches, for requests that come twice. */
  recent: RecentBatch[];
  /** The latest timestamp that it has written, as `Date` reads it. */
  wroteMs: number;
  /** Of the first record of its open transaction. */
  openFrom: number | undefined;
}

interface RecentBatch {
  readonly sequence: number;
  readonly length: number;
  readonly first: number;
}

export class ProducerStates {
  readonly #expirationMs: number;
  readonly #states = new Map<number, ProducerState>();
  #open = 0;
  /** When all are looked through next for those that have expired. */
  #sweepMs = 0;

  constructor(expirationMs: number) {
    this.#expirationMs = expirationMs;
  }

  /**
   * Takes note of a batch whose first record gets this offset.
   *
   * @returns the offset that it has got before, if it is there already
   * @throws INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER
   */
  take({ id, epoch, sequence, isTransactional }: BatchOrigin, first: number, batch: WrittenBatch): number | undefined {
    const { length, timestampMs } = batch;
    let state = this.#find(id, batch.wallMs);
    if (state && epoch < state.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    if (state && epoch === state.epoch)
      for (const one of state.recent) if (one.sequence === sequence && one.length === length) return one.first;
    // Of one that nobody knows any sequence is taken; each epoch begins with 0.
    const expected = state === undefined ? sequence : epoch > state.epoch ? 0 : state.sequence;
    if (sequence !== expected) throw new Refusal('OUT_OF_ORDER_SEQUENCE_NUMBER');
    if (state === undefined) state = this.#add(id, epoch, batch.wallMs);
    if (epoch > state.epoch) {
      state.epoch = epoch;
      state.recent = [];
    }
    state.sequence = sequence + length;
    state.recent.push({ sequence, length, first });
    if (state.recent.length > recentMax) state.recent.shift();
    state.wroteMs = timestampMs;
    if (isTransactional && state.openFrom === undefined) {
      state.openFrom = first;
      this.#open++;
    }
    return undefined;
  }

  /**
   * Takes note of a marker. From now on older epochs are refused.
   *
   * @returns where the transaction began that it ends; undefined where none was open
   * @throws INVALID_PRODUCER_EPOCH
   */
  end({ id, epoch }: ProducerEpoch, wallMs: number): number | undefined {
    let state = this.#find(id, wallMs);
    if (state && epoch < state.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    if (state === undefined) state = this.#add(id, epoch, wallMs);
    if (epoch > state.epoch) {
      state.epoch = epoch;
      state.sequence = 0;
      state.recent = [];
    }
    const from = state.openFrom;
    state.openFrom = undefined;
    state.wroteMs = wallMs;
    if (from !== undefined) this.#open--;
    return from;
  }

  /** Whether this producer has a transaction open here. */
  hasOpen({ id, epoch }: ProducerEpoch): boolean {
    const state = this.#states.get(id);
    return state !== undefined && state.epoch === epoch && state.openFrom !== undefined;
  }

  /** Whether any has. */
  get isOpen(): boolean {
    return this.#open > 0;
  }

  /** Where the first open transaction begins; undefined where none is open. */
  get firstOpen(): number | undefined {
    if (this.#open === 0) return undefined;
    let first: number | undefined;
    for (const { openFrom } of this.#states.values())
      if (openFrom !== undefined && (first === undefined || openFrom < first)) first = openFrom;
    return first;
  }

  /** Forgets all that have nothing open. */
  forgetIdle(): void {
    for (const [id, { openFrom }] of this.#states) if (openFrom === undefined) this.#states.delete(id);
  }

  /** How many are known of. */
  get size(): number {
    return this.#states.size;
  }

  #find(id: number, wallMs: number): ProducerState | undefined {
    const state = this.#states.get(id);
    if (state === undefined || !this.#hasExpired(state, wallMs)) return state;
    this.#states.delete(id);
    return undefined;
  }

  /** Where new ones come, old ones go: at the latest after twice their time. */
  #add(id: number, epoch: number, wallMs: number): ProducerState {
    if (wallMs >= this.#sweepMs) {
      for (const [other, state] of this.#states) if (this.#hasExpired(state, wallMs)) this.#states.delete(other);
      this.#sweepMs = wallMs + this.#expirationMs;
    }
    const state = { epoch, sequence: 0, recent: [], wroteMs: 0, openFrom: undefined };
    this.#states.set(id, state);
    return state;
  }

  #hasExpired({ openFrom, wroteMs }: ProducerState, wallMs: number): boolean {
    return openFrom === undefined && wallMs - wroteMs >= this.#expirationMs;
  }
}

export interface WrittenBatch {
  /** How many records. */
  readonly length: number;
  /** The latest of its records. */
  readonly timestampMs: number;
  /** Now. */
  readonly wallMs: number;
}

/** Kafka remembers as many batches of a producer. */
const recentMax = 5;

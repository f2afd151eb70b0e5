// The log of one partition: batches of records and the control markers that end transactions in it. Knows which producer may
// append what (epochs and sequences, as Kafka's ProducerStateManager), and how far readers of committed records may read.

import { Refusal } from './refusal.js';

/** A record as it is sent: encoded parts, and headers in the port's own form (ports/headers). */
export interface SentRecord {
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Uint8Array;
}

export interface LogRecord extends SentRecord {
  readonly offset: number;
}

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

export type Outcome = 'commit' | 'abort';

interface Batch {
  readonly first: number;
  readonly last: number;
  readonly producerId: number | undefined;
  readonly isTransactional: boolean;
  /** A marker has no records. */
  readonly marker: Outcome | undefined;
  readonly records: readonly LogRecord[];
}

interface ProducerState {
  epoch: number;
  /** The next one; undefined where nothing was appended under this epoch. */
  sequence: number | undefined;
  /** The last batches, for requests that come twice. */
  readonly recent: { readonly sequence: number; readonly last: number; readonly first: number }[];
}

export interface ReadFrom {
  readonly offset: number;
  readonly recordsMax: number;
  /** Whether only what is committed is given out. */
  readonly isCommitted: boolean;
}

export interface ReadRecords {
  readonly records: readonly LogRecord[];
  /** Where the reader stands then: behind markers and aborted records, too. */
  readonly next: number;
}

export class PartitionLog {
  /** The lowest offset that is there. */
  low = 0;
  readonly #batches: Batch[] = [];
  readonly #producers = new Map<number, ProducerState>();
  /** First offsets of open transactions, by producer id. */
  readonly #open = new Map<number, number>();
  readonly #aborted: { readonly producerId: number; readonly first: number; readonly last: number }[] = [];

  /** The high watermark: the model's replicas are never behind. */
  get high(): number {
    return (this.#batches.at(-1)?.last ?? this.low - 1) + 1;
  }

  /** The last stable offset: before it nothing is undecided. */
  get stable(): number {
    let stable = this.high;
    for (const first of this.#open.values()) stable = Math.min(stable, first);
    return stable;
  }

  /**
   * Appends records in one batch; gives back the first one's offset, the old one where this very batch is there already.
   *
   * @throws INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER
   */
  append(sent: readonly SentRecord[], origin?: BatchOrigin): number {
    const first = this.high;
    const last = first + sent.length - 1;
    if (origin) {
      const before = this.#take(origin, first, sent.length);
      if (before !== undefined) return before;
      if (origin.isTransactional && !this.#open.has(origin.id)) this.#open.set(origin.id, first);
    }
    this.#batches.push({
      first,
      last,
      producerId: origin?.id,
      isTransactional: origin?.isTransactional ?? false,
      marker: undefined,
      records: sent.map((record, i) => ({ ...record, offset: first + i })),
    });
    return first;
  }

  /** Ends a producer's transaction here. From now on older epochs of it are refused. Comes twice without harm. */
  end(producer: ProducerEpoch, outcome: Outcome): void {
    const state = this.#producers.get(producer.id);
    if (state && producer.epoch < state.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    if (!state || producer.epoch > state.epoch)
      this.#producers.set(producer.id, { epoch: producer.epoch, sequence: 0, recent: [] });
    const offset = this.high;
    const first = this.#open.get(producer.id);
    if (first !== undefined && outcome === 'abort')
      this.#aborted.push({ producerId: producer.id, first, last: offset });
    this.#open.delete(producer.id);
    this.#batches.push({
      first: offset,
      last: offset,
      producerId: producer.id,
      isTransactional: true,
      marker: outcome,
      records: [],
    });
  }

  /** @throws OFFSET_OUT_OF_RANGE */
  read({ offset, recordsMax, isCommitted }: ReadFrom): ReadRecords {
    if (offset < this.low || offset > this.high) throw new Refusal('OFFSET_OUT_OF_RANGE');
    const end = isCommitted ? this.stable : this.high;
    const records: LogRecord[] = [];
    let next = offset;
    for (let i = this.#batchAt(offset); i < this.#batches.length; i++) {
      const batch = this.#batches[i] as Batch;
      if (batch.first >= end) break;
      if (isCommitted && this.#isAborted(batch)) {
        next = batch.last + 1;
        continue;
      }
      for (const record of batch.records) {
        if (record.offset < offset) continue;
        if (records.length === recordsMax) return { records, next };
        records.push(record);
        next = record.offset + 1;
      }
      next = batch.last + 1;
    }
    return { records, next };
  }

  /** Whether some transaction is open here. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** The offset of the batch if it is there already. */
  #take({ id, epoch, sequence }: BatchOrigin, first: number, length: number): number | undefined {
    const known = this.#producers.get(id);
    if (known && epoch < known.epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    const state =
      known && known.epoch === epoch ? known : { epoch, sequence: known ? 0 : undefined, recent: [] as never[] };
    const before = state.recent.find((batch) => batch.sequence === sequence && batch.last === sequence + length - 1);
    if (before) return before.first;
    if (state.sequence !== undefined && sequence !== state.sequence) throw new Refusal('OUT_OF_ORDER_SEQUENCE_NUMBER');
    this.#producers.set(id, {
      epoch,
      sequence: sequence + length,
      recent: [...state.recent, { sequence, last: sequence + length - 1, first }].slice(-recentMax),
    });
    return undefined;
  }

  #isAborted({ producerId, isTransactional, marker, first }: Batch): boolean {
    if (!isTransactional || marker !== undefined) return false;
    return this.#aborted.some((range) => range.producerId === producerId && range.first <= first && first < range.last);
  }

  /** Index of the first batch that holds this offset or a later one. */
  #batchAt(offset: number): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#batches[middle] as Batch).last < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Kafka remembers as many batches of a producer. */
const recentMax = 5;

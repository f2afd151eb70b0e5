// The log of one partition: batches of records and the control markers that end transactions in it. Knows how far readers of
// committed records may read, where the log begins, and what retention and compaction leave of it.

import { cleaned } from './log-cleaner.js';
import { type BatchOrigin, type ProducerEpoch, ProducerStates } from './producer-states.js';
import { Refusal } from './refusal.js';

export type { BatchOrigin, ProducerEpoch } from './producer-states.js';

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

export type Outcome = 'commit' | 'abort';

export interface Batch {
  readonly first: number;
  /** Stays what it is when the last record is compacted away. */
  readonly last: number;
  readonly producerId: number | undefined;
  readonly isTransactional: boolean;
  /** A marker has no records. */
  readonly marker: Outcome | undefined;
  /** The latest of its records. */
  readonly timestampMs: number;
  records: readonly LogRecord[];
  /** From when on compaction takes away the tombstones in it, or the marker that it is. */
  goesAtMs: number | undefined;
}

export interface ReadFrom {
  readonly offset: number;
  readonly recordsMax: number;
  /** Whether only what is committed is given out. */
  readonly isCommitted: boolean;
}

export interface ReadRecords {
  readonly records: readonly LogRecord[];
  /** From where to read on: behind markers and aborted records, too. */
  readonly next: number;
  /** Where a client says that it stands: behind the last record or marker, not behind what the next marker will abort. */
  readonly passed: number;
}

/** What stays: what is young enough, and no more than so much. Default: everything. */
export interface Retention {
  readonly ms?: number;
  readonly bytes?: number;
}

export interface LogOptions {
  /** The time of day. */
  readonly wallMs: () => number;
  /** After how long a producer that does not write is forgotten. */
  readonly producerExpirationMs: number;
}

export class PartitionLog {
  readonly #wallMs: () => number;
  #batches: Batch[] = [];
  readonly #producers: ProducerStates;
  #aborted: { readonly producerId: number; readonly first: number; readonly last: number }[] = [];
  #low = 0;
  #high = 0;

  constructor({ wallMs, producerExpirationMs }: LogOptions) {
    this.#wallMs = wallMs;
    this.#producers = new ProducerStates(producerExpirationMs);
  }

  /** The log start offset: nobody reads below it. */
  get low(): number {
    return this.#low;
  }

  /** The high watermark: the model's replicas are never behind. */
  get high(): number {
    return this.#high;
  }

  /** The last stable offset: before it nothing is undecided. Below the beginning where that was moved into an open transaction. */
  get stable(): number {
    return this.#producers.firstOpen ?? this.#high;
  }

  /** Whether some transaction is open here. */
  get isOpen(): boolean {
    return this.#producers.isOpen;
  }

  /** Whether this producer's is. */
  hasOpen(producer: ProducerEpoch): boolean {
    return this.#producers.hasOpen(producer);
  }

  /**
   * Appends records in one batch; gives back the first one's offset, the old one where this very batch is there already.
   *
   * @throws INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER
   */
  append(sent: readonly SentRecord[], origin?: BatchOrigin): number {
    const first = this.#high;
    const { length } = sent;
    let timestampMs = 0;
    for (const { timestamp } of sent) if (timestamp > timestampMs) timestampMs = timestamp;
    if (origin) {
      const before = this.#producers.take(origin, first, { length, timestampMs, wallMs: this.#wallMs() });
      if (before !== undefined) return before;
    }
    this.#high += length;
    this.#batches.push({
      first,
      last: this.#high - 1,
      producerId: origin?.id,
      isTransactional: origin?.isTransactional ?? false,
      marker: undefined,
      timestampMs,
      records: sent.map(({ timestamp, key, value, headers }, i) => ({
        offset: first + i,
        timestamp,
        key,
        value,
        headers,
      })),
      goesAtMs: undefined,
    });
    return first;
  }

  /** Ends a producer's transaction here. From now on older epochs of it are refused. Comes twice without harm. */
  end(producer: ProducerEpoch, outcome: Outcome): void {
    const timestampMs = this.#wallMs();
    const from = this.#producers.end(producer, timestampMs);
    const offset = this.#high++;
    if (from !== undefined && outcome === 'abort')
      this.#aborted.push({ producerId: producer.id, first: from, last: offset });
    this.#batches.push({
      first: offset,
      last: offset,
      producerId: producer.id,
      isTransactional: true,
      marker: outcome,
      timestampMs,
      records: [],
      goesAtMs: undefined,
    });
  }

  /** @throws OFFSET_OUT_OF_RANGE */
  read({ offset, recordsMax, isCommitted }: ReadFrom): ReadRecords {
    if (offset < this.#low || offset > this.#high) throw new Refusal('OFFSET_OUT_OF_RANGE');
    const end = isCommitted ? this.stable : this.#high;
    const records: LogRecord[] = [];
    let next = offset;
    let passed = offset;
    for (let i = this.#batchAt(offset); i < this.#batches.length; i++) {
      const batch = this.#batches[i] as Batch;
      if (batch.first >= end) break;
      if (isCommitted && this.#isAborted(batch)) {
        next = batch.last + 1;
        continue;
      }
      for (const record of batch.records) {
        if (record.offset < offset) continue;
        if (records.length === recordsMax) return { records, next, passed };
        records.push(record);
        next = passed = record.offset + 1;
      }
      next = batch.last + 1;
      if (batch.marker !== undefined) passed = next;
    }
    return { records, next, passed };
  }

  /** The log begins at this offset from now on. @throws OFFSET_OUT_OF_RANGE for one beyond the end */
  deleteBefore(offset: number): void {
    if (offset < 0 || offset > this.#high) throw new Refusal('OFFSET_OUT_OF_RANGE');
    if (offset <= this.#low) return;
    this.#low = offset;
    this.#batches = this.#batches.slice(this.#batchAt(offset));
    this.#aborted = this.#aborted.filter(({ last }) => last >= offset);
  }

  /** Deletes whole batches from the beginning: each stands for a segment. */
  retain({ ms, bytes }: Retention): void {
    const nowMs = this.#wallMs();
    let surplus = bytes === undefined ? 0 : this.#batches.reduce((sum, batch) => sum + sizeOf(batch), -bytes);
    let low = this.#low;
    for (const batch of this.#batches) {
      const isOld = ms !== undefined && nowMs - batch.timestampMs > ms;
      const isTooMuch = surplus >= sizeOf(batch);
      if (!isOld && !isTooMuch) break;
      surplus -= sizeOf(batch);
      low = batch.last + 1;
    }
    this.deleteBefore(low);
  }

  /** Of each key the newest record stays, as far as nothing before it is undecided. */
  compact({ deleteRetentionMs }: { readonly deleteRetentionMs: number }): void {
    this.#batches = cleaned(this.#batches, {
      before: this.stable,
      isAborted: (batch) => this.#isAborted(batch),
      nowMs: this.#wallMs(),
      deleteRetentionMs,
    });
  }

  /** Forgets all producers that have nothing open here, as if they had not written for long. */
  forgetProducers(): void {
    this.#producers.forgetIdle();
  }

  #isAborted({ producerId, isTransactional, marker, first }: Batch): boolean {
    if (!isTransactional || marker !== undefined) return false;
    for (const range of this.#aborted)
      if (range.producerId === producerId && range.first <= first && first < range.last) return true;
    return false;
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

/** About as many bytes as a batch takes. */
function sizeOf({ records }: Batch): number {
  let size = 61;
  for (const { key, value, headers } of records) size += 8 + (key?.length ?? 0) + (value?.length ?? 0) + headers.length;
  return size;
}

// Records in columns: a run of a million records has some ten million entries, too many for an object each.

import type { OutputColumns, RecordColumns } from '../history.js';

/** The records of one partition, in the order in which they were added. */
export class Records {
  length = 0;
  offsets: Float64Array = new Float64Array(first);
  keys: Int32Array = new Int32Array(first);
  seqs: Int32Array = new Int32Array(first);
  payloads: Int32Array = new Int32Array(first);
  fromPartitions: Int32Array = new Int32Array(first);
  fromOffsets: Float64Array = new Float64Array(first);
  /** When they were seen. */
  atMs: Float64Array = new Float64Array(first);
  /** Only for dead letters. */
  readonly fromTopics: string[] = [];

  add(records: RecordColumns & Partial<OutputColumns>, atMs: number): void {
    const { length: at } = this;
    const count = records.offsets.length;
    this.#reserve(at + count);
    this.offsets.set(records.offsets, at);
    this.keys.set(records.keys, at);
    this.seqs.set(records.seqs, at);
    this.payloads.set(records.payloads, at);
    if (records.fromPartitions) this.fromPartitions.set(records.fromPartitions, at);
    else this.fromPartitions.fill(-1, at, at + count);
    if (records.fromOffsets) this.fromOffsets.set(records.fromOffsets, at);
    else this.fromOffsets.fill(-1, at, at + count);
    this.atMs.fill(atMs, at, at + count);
    for (const topic of records.fromTopics ?? []) this.fromTopics.push(topic);
    this.length = at + count;
  }

  /** Where the record with this offset stands, or -1. The offsets must rise. */
  indexOf(offset: number): number {
    const at = this.countBefore(offset);
    return at < this.length && this.offsets[at] === offset ? at : -1;
  }

  /** How many records have a smaller offset. The offsets must rise. */
  countBefore(offset: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.offsets[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether two records say the same. */
  isEqual(at: number, other: Records, otherAt: number): boolean {
    return (
      this.keys[at] === other.keys[otherAt] &&
      this.seqs[at] === other.seqs[otherAt] &&
      this.payloads[at] === other.payloads[otherAt] &&
      this.fromPartitions[at] === other.fromPartitions[otherAt] &&
      this.fromOffsets[at] === other.fromOffsets[otherAt]
    );
  }

  #reserve(length: number): void {
    if (length <= this.offsets.length) return;
    const size = Math.max(length, Math.ceil(1.5 * this.offsets.length));
    this.offsets = grown(this.offsets, new Float64Array(size));
    this.keys = grown(this.keys, new Int32Array(size));
    this.seqs = grown(this.seqs, new Int32Array(size));
    this.payloads = grown(this.payloads, new Int32Array(size));
    this.fromPartitions = grown(this.fromPartitions, new Int32Array(size));
    this.fromOffsets = grown(this.fromOffsets, new Float64Array(size));
    this.atMs = grown(this.atMs, new Float64Array(size));
  }
}

/** The batches of one partition's log, in the order of their offsets. */
export class LogBatches {
  length = 0;
  firsts: Float64Array = new Float64Array(first);
  lasts: Float64Array = new Float64Array(first);
  producerIds: Float64Array = new Float64Array(first);
  epochs: Int32Array = new Int32Array(first);
  kinds: Int8Array = new Int8Array(first);

  add(firstOffset: number, last: number, producerId: number, epoch: number, kind: number): void {
    const { length: at } = this;
    if (at === this.firsts.length) this.#grow(2 * at);
    this.firsts[at] = firstOffset;
    this.lasts[at] = last;
    this.producerIds[at] = producerId;
    this.epochs[at] = epoch;
    this.kinds[at] = kind;
    this.length = at + 1;
  }

  #grow(size: number): void {
    this.firsts = grown(this.firsts, new Float64Array(size));
    this.lasts = grown(this.lasts, new Float64Array(size));
    this.producerIds = grown(this.producerIds, new Float64Array(size));
    this.epochs = grown(this.epochs, new Int32Array(size));
    this.kinds = grown(this.kinds, new Int8Array(size));
  }
}

function grown<Column extends Float64Array | Int32Array | Int8Array>(column: Column, wider: Column): Column {
  wider.set(column);
  return wider;
}

const first = 16;

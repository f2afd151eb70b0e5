// The records that a task has taken from its queue and not settled yet: slices of the batches that the reader delivered,
// in offset order. Kept until they are settled, so that a replay needs no reading (E11).

import type { BatchSize } from '../core/batch-policy.js';
import { bytesHeld, type RecordBatch } from '../ports/record-batch.js';

/** The records `[from, to)` of a delivered batch. */
export interface Slice {
  readonly batch: RecordBatch;
  readonly from: number;
  readonly to: number;
}

/** Where a commit of everything up to this slice's end stands (E12): behind markers only if the whole poll is in. */
export function endOf({ batch, to }: Slice): number {
  return to === batch.length ? batch.endPosition : (batch.columns.offset[to - 1] as number) + 1;
}

export function firstOf({ batch, from }: Slice): number {
  return batch.columns.offset[from] as number;
}

export function bytesOf({ batch, from, to }: Slice): number {
  // Records of a batch differ in size by little, and only bounds depend on it.
  return bytesHeld(batch) * ((to - from) / batch.length);
}

/** Batches that wait for a task, first in, first out. Its size in bytes is what E22 bounds. */
export class RecordQueue {
  readonly #slices: Slice[] = [];
  records = 0;
  bytes = 0;

  get isEmpty(): boolean {
    return this.#slices.length === 0;
  }

  push(batch: RecordBatch): void {
    this.#slices.push({ batch, from: 0, to: batch.length });
    this.records += batch.length;
    this.bytes += bytesHeld(batch);
  }

  /** Takes the next slice, at most `recordsMax` of its records. */
  take(recordsMax: number): Slice | undefined {
    const next = this.#slices.shift();
    if (next === undefined) return undefined;
    const cut = next.from + recordsMax;
    const taken = cut < next.to ? { ...next, to: cut } : next;
    if (cut < next.to) this.#slices.unshift({ ...next, from: cut });
    this.records -= taken.to - taken.from;
    this.bytes = this.#slices.length === 0 ? 0 : this.bytes - bytesOf(taken);
    return taken;
  }

  clear(): void {
    this.#slices.length = 0;
    this.records = 0;
    this.bytes = 0;
  }
}

export class TaskBatch {
  readonly slices: Slice[] = [];
  /** When the handling of its first unsettled record began. */
  startedMs: number;
  records = 0;
  bytes = 0;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  add(slice: Slice): void {
    this.slices.push(slice);
    this.records += slice.to - slice.from;
    this.bytes += bytesOf(slice);
  }

  get first(): number {
    return firstOf(this.slices[0] as Slice);
  }

  get end(): number {
    return endOf(this.slices.at(-1) as Slice);
  }

  /** The offset of the record behind the one at `index` of the slice at `sliceIndex`; undefined behind the last. */
  offsetAfter(sliceIndex: number, index: number): number | undefined {
    const { batch, to } = this.slices[sliceIndex] as Slice;
    if (index + 1 < to) return batch.columns.offset[index + 1];
    const following = this.slices[sliceIndex + 1];
    return following && firstOf(following);
  }

  recordsBefore(offset: number): number {
    let records = 0;
    for (const { batch, from, to } of this.slices)
      for (let index = from; index < to && (batch.columns.offset[index] as number) < offset; index++) records++;
    return records;
  }

  size(outputBytes: number, nowMs: number): BatchSize {
    return { records: this.records, bytes: this.bytes + outputBytes, ageMs: nowMs - this.startedMs };
  }

  /** Forgets the records before `offset` and says how many they were: what waits behind it is not settled yet (E19). */
  settle(offset: number): number {
    const { records } = this;
    this.dropBefore(offset);
    return records - this.records;
  }

  /** Forgets the records before `offset`: they are settled. */
  dropBefore(offset: number): void {
    const kept = this.slices.flatMap((slice) => {
      let { from } = slice;
      while (from < slice.to && (slice.batch.columns.offset[from] as number) < offset) from++;
      return from < slice.to ? [{ ...slice, from }] : [];
    });
    this.slices.length = 0;
    this.records = 0;
    this.bytes = 0;
    for (const slice of kept) this.add(slice);
  }
}

// What goes from the middle of a log: compaction, as Kafka's LogCleaner does it. Of each key the newest record stays, and all
// offsets stay what they are, so that gaps are left. Pure but for the batches, which are its caller's.

import type { Batch } from './partition-log.js';

export interface Cleaning {
  /** Nothing is cleaned from here on. */
  readonly before: number;
  readonly isAborted: (batch: Batch) => boolean;
  readonly nowMs: number;
  /** How long tombstones, and markers of transactions of which nothing is left, stay after they were first met. */
  readonly deleteRetentionMs: number;
}

/** What is left of the batches. */
export function cleaned(batches: readonly Batch[], { before, isAborted, nowMs, deleteRetentionMs }: Cleaning): Batch[] {
  // The last batch stands for the segment that is being written, which Kafka leaves alone.
  const isCleaned = (batch: Batch, i: number): boolean => batch.last < before && i < batches.length - 1;
  const newest = new Map<string, number>();
  batches.forEach((batch, i) => {
    if (!isCleaned(batch, i) || isAborted(batch)) return;
    for (const { key, offset } of batch.records) if (key) newest.set(keyText(key), offset);
  });
  const left: Batch[] = [];
  /** Producers whose transaction has had records here, until its marker comes. */
  const met = new Set<number>();
  batches.forEach((batch, i) => {
    if (!isCleaned(batch, i)) return left.push(batch);
    const { producerId } = batch;
    // What is to go does so at the first cleaning after its time, which is counted from the one that has found it.
    const isOver = batch.goesAtMs !== undefined && batch.goesAtMs <= nowMs;
    if (batch.marker !== undefined) {
      const hasRecords = producerId !== undefined && met.delete(producerId);
      if (hasRecords) return left.push(batch);
      batch.goesAtMs ??= nowMs + deleteRetentionMs;
      return isOver ? undefined : left.push(batch);
    }
    if (batch.isTransactional && producerId !== undefined) met.add(producerId);
    if (isAborted(batch)) return undefined;
    // A record without a key has no place in a compacted log.
    const records = batch.records.filter(
      ({ key, value, offset }) => key && newest.get(keyText(key)) === offset && (value !== null || !isOver),
    );
    if (records.length === 0) return undefined;
    if (records.some(({ value }) => value === null)) batch.goesAtMs ??= nowMs + deleteRetentionMs;
    batch.records = records;
    return left.push(batch);
  });
  return left;
}

function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

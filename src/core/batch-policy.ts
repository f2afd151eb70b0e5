// When a batch is begun and when it is full. An idle task takes what is there and settles it (latency); while more is
// waiting, it goes on handling into the same batch until a bound is reached (throughput). Pure.

import type { Limits } from './defaults.js';

export interface BatchSize {
  readonly records: number;
  readonly bytes: number;
  /** Since the handling of its first record began. */
  readonly ageMs: number;
}

export function isFull(size: BatchSize, limits: Limits): boolean {
  return (
    size.records >= limits.batchRecordsMax || size.bytes >= limits.batchBytesMax || size.ageMs >= limits.batchAgeMsMax
  );
}

/**
 * How long a task still lingers before it takes what waits. The broker writes a transaction's markers after its commit
 * has returned, and sends a successor that comes before them away for 10 ms: a task that lets them pass is sooner through.
 * A full batch pays that time by its work.
 */
export function lingerMs(waiting: BatchSize, sinceCommitMs: number, limits: Limits): number {
  return isFull(waiting, limits) ? 0 : Math.max(0, limits.lingerMs - sinceCommitMs);
}

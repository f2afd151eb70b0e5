// When a batch is full. An idle task takes what is there and settles it at once (latency); while more is waiting, it goes
// on handling into the same batch until a bound is reached (throughput). Pure.

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

// What the engine tells of a batch to whoever traces, and what outputs are given of a trace on their way. It decides nothing by
// it: where nobody traces, `begin` gives nothing, and nothing of this is called.

import type { TopicPartition } from '../core/ids.js';
import type { HeaderEntry } from './headers.js';

export interface Tracing {
  /** The trace of a batch whose handlers are about to run; undefined where nobody traces. */
  begin(batch: TracedBatch): BatchTrace | undefined;
}

export interface TracedBatch extends TopicPartition {
  readonly groupId: string;
  readonly clientId: string;
  readonly transactionalId: string | undefined;
}

/** Ends once, by `committed` or by `failed`; what is called after that has no effect. */
export interface BatchTrace {
  /** What outputs are given that come from the batch as a whole. Undefined: what they would be given without a trace. */
  readonly headers: readonly HeaderEntry[] | undefined;
  /** Runs the handlers, so that what they do and wait for belongs to the batch. */
  run<T>(handlers: () => T): T;
  /** A record with these headers is about to be handled. Gives back what its outputs are given, or undefined as above. */
  joined(headers: readonly HeaderEntry[]): readonly HeaderEntry[] | undefined;
  /** It lasts, with this many records. */
  committed(records: number): void;
  /** Nothing of it lasts. */
  failed(error: Error): void;
}

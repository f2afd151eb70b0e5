// Records by the fast lane: a batch's columns as they are, in one call.

import type { OutputBatch } from '../../../ports/output-batch.js';
import { type Outlet, type Queued, queuedTo } from '../outlet.js';
import type { ClientHandle, NativeLane } from './lane.js';

export class FastOutlet implements Outlet {
  readonly #native: NativeLane;
  readonly #client: ClientHandle;
  /** Those that the client was told of. */
  #topics: readonly string[] | undefined;

  constructor(native: NativeLane, client: ClientHandle) {
    this.#native = native;
    this.#client = client;
  }

  queue({ topics, length, sink, columns }: OutputBatch, from: number): Queued {
    if (this.#topics !== topics) {
      const refusal = this.#native.setTopics(this.#client, topics);
      if (refusal) return queuedTo(from, refusal);
      this.#topics = topics;
    }
    const refusal = this.#native.produce(
      this.#client,
      from,
      length,
      sink.bytes,
      columns.topic,
      columns.partition,
      columns.timestamp,
      columns.keyStart,
      columns.keyEnd,
      columns.valueStart,
      columns.valueEnd,
      columns.headersStart,
      columns.headersEnd,
    );
    return refusal ? queuedTo(refusal.index, refusal) : { to: length };
  }

  close(): void {
    this.#native.close(this.#client);
  }
}

// What a producer knows of the topics that it writes to: how many partitions they had when it looked last. That is when it first had
// records for one, and then every few minutes.

import type { ClientSetup } from './producer-requests.js';

export class KnownTopics {
  readonly #setup: Pick<ClientSetup, 'kernel' | 'cluster'>;
  readonly #known = new Map<string, { readonly partitions: number; readonly atMs: number }>();

  constructor(setup: Pick<ClientSetup, 'kernel' | 'cluster'>) {
    this.#setup = setup;
  }

  /** 0 for one that is not there: it is looked for each time. */
  partitionsOf(topic: string): number {
    const { kernel, cluster } = this.#setup;
    const known = this.#known.get(topic);
    if (known && kernel.nowMs - known.atMs < refreshMs) return known.partitions;
    const partitions = cluster.partitionsOf(topic);
    if (partitions > 0) this.#known.set(topic, { partitions, atMs: kernel.nowMs });
    return partitions;
  }
}

/** The client's `topic.metadata.refresh.interval.ms`, which the engine leaves as it is. */
const refreshMs = 300_000;

// Whether the processors of this process do their share: from the engine's facts, for whoever waits to stop a predecessor.

import { partitionKey } from '../core/ids.js';
import type { Fact } from '../engine/facts.js';

/**
 * A processor without partitions counts after this long without news: where there are more members than partitions nobody need
 * say so (KIP-848). Longer than a rebalance that waits for a member's last batch (E5).
 */
const withoutMs = 10_000;

export class Readiness {
  readonly #standings: ReadonlyMap<string, Standing>;

  constructor(processors: readonly string[]) {
    this.#standings = new Map(processors.map((name) => [name, new Standing()]));
  }

  hear(fact: Fact, nowMs: number): void {
    this.#standings.get(fact.processor)?.hear(fact, nowMs);
  }

  /** Undefined where each processor is a member of its group and works on all that it was given. */
  whyNot(nowMs: number): string | undefined {
    for (const [processor, standing] of this.#standings) {
      const reason = standing.whyNot(nowMs);
      if (reason !== undefined) return `${processor} ${reason}`;
    }
    return undefined;
  }
}

/** One processor's place in its group. */
class Standing {
  /** Its partitions, and by which task each is open; 0 for none yet. */
  readonly #partitions = new Map<string, number>();
  #newsMs: number | undefined;

  hear(fact: Fact, nowMs: number): void {
    if (fact.fact === 'processor-started' || fact.fact === 'rebalanced') this.#newsMs = nowMs;
    if (fact.fact === 'task-opened') this.#partitions.set(partitionKey(fact), fact.ownershipEpoch);
    // A partition that came back may have a new task already when the old one closes.
    if (fact.fact === 'task-closed' && this.#partitions.get(partitionKey(fact)) === fact.ownershipEpoch)
      this.#partitions.delete(partitionKey(fact));
    if (fact.fact !== 'rebalanced') return;
    for (const partition of fact.partitions)
      if (fact.kind === 'assigned') this.#partitions.set(partitionKey(partition), 0);
      else this.#partitions.delete(partitionKey(partition));
  }

  whyNot(nowMs: number): string | undefined {
    if (this.#newsMs === undefined) return 'has not started';
    const all = this.#partitions.size;
    if (all === 0) return nowMs - this.#newsMs < withoutMs ? 'waits for its group' : undefined;
    const open = [...this.#partitions.values()].filter((epoch) => epoch > 0).length;
    return open < all ? `has opened ${open} of ${all} partitions` : undefined;
  }
}

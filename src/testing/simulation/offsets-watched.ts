// How the groups' offsets move while a run goes on: which are committed, which wait in a transaction, and who brought them.

import { partitionKey, type TopicPartition } from '../../core/ids.js';
import type { OffsetEvent } from '../../memory/group-coordinator.js';
import type { OffsetMoved } from './history.js';

interface Offsets {
  committed: number;
  /** The highest that was ever committed. */
  reached: number;
  /** By producer. */
  readonly pending: Map<number, number>;
}

export class OffsetsWatched {
  readonly moved: OffsetMoved[] = [];
  /** Sentences about two producers that had offsets of one partition at one time. */
  readonly rivals: string[] = [];
  readonly #offsets = new Map<string, Offsets>();

  hear(atMs: number, groupId: string, { what, offset, producerId, ...partition }: OffsetEvent): void {
    const { topic, partition: number } = partition;
    const offsets = this.#of(groupId, partition);
    if (what === 'pending' && producerId !== undefined) {
      offsets.pending.set(producerId, offset);
      const producers = [...offsets.pending.keys()];
      if (producers.length > 1)
        this.rivals.push(
          `${groupId} ${partitionKey(partition)}: producers ${producers.join(' and ')} at ${atMs.toFixed(1)} ms`,
        );
      return;
    }
    if (producerId !== undefined) offsets.pending.delete(producerId);
    if (what !== 'committed' || offset === offsets.committed) return;
    offsets.committed = offset;
    offsets.reached = Math.max(offsets.reached, offset);
    this.moved.push({ atMs, groupId, topic, partition: number, offset });
  }

  /** Up to where somebody has decided, as far as the coordinator can know: the rest of what is written waits for its end. */
  decided(groupId: string, partition: TopicPartition): number {
    const { committed, pending } = this.#of(groupId, partition);
    return Math.max(committed, ...pending.values());
  }

  /** Up to where offsets were committed once, wherever late commits have moved them since. */
  reached(groupId: string, partition: TopicPartition): number {
    return this.#of(groupId, partition).reached;
  }

  #of(groupId: string, partition: TopicPartition): Offsets {
    const key = `${groupId} ${partitionKey(partition)}`;
    let offsets = this.#offsets.get(key);
    if (offsets === undefined) this.#offsets.set(key, (offsets = { committed: 0, reached: 0, pending: new Map() }));
    return offsets;
  }
}

// How a transaction that is decided ends: markers reach its partitions and groups one by one, each in its own time, again and again
// until it can be written. When the last one is, the transaction is complete.

import type { TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';
import type { Outcome } from './partition-log.js';
import type { ProducerEpoch } from './producer-states.js';

export interface TransactionHost {
  readonly kernel: Kernel;
  /** How long the next marker takes to its partition, in milliseconds. */
  readonly markerMs: () => number;
  /** After how long an id that is not used is forgotten. */
  readonly expirationMs: number;
  /** How often is looked for transactions whose time is over. */
  readonly timeoutLookMs: number;
  /** When whoever coordinates the id can act; undefined while that node is down. */
  readyAtMs(transactionalId: string): number | undefined;
  /** Whether it was written: the partition may be nobody's at the moment. */
  writeMarker(partition: TopicPartition, producer: ProducerEpoch, outcome: Outcome): boolean;
  /** Offsets that wait for the transaction become the group's, or are forgotten. Whether that was done, as for a marker. */
  endOffsets(groupId: string, producer: ProducerEpoch, outcome: Outcome): boolean;
}

export interface Transaction {
  readonly transactionalId: string;
  readonly producerId: number;
  epoch: number;
  /** Where its producer asked for the next epoch by itself: the one that it had. */
  readonly bumpedFrom: number | undefined;
  readonly timeoutMs: number;
  state: 'empty' | 'ongoing' | 'prepare-commit' | 'prepare-abort' | 'complete-commit' | 'complete-abort';
  /** Of its last change. */
  changedMs: number;
  readonly partitions: Map<string, TopicPartition>;
  readonly groups: Set<string>;
  /** Ends it when its time is over. */
  cancelTimeout: () => void;
  /** Whoever writes its markers: a coordinator that has taken the id over begins anew. */
  writer: object;
}

export function isEnding({ state }: Transaction): boolean {
  return state === 'prepare-commit' || state === 'prepare-abort';
}

export class TransactionMarkers {
  readonly #host: TransactionHost;

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  /** All of them, also those that were written before. */
  write(transaction: Transaction): void {
    const { transactionalId, producerId, epoch, partitions, groups } = transaction;
    const outcome: Outcome = transaction.state === 'prepare-commit' ? 'commit' : 'abort';
    const host = this.#host;
    const producer = { id: producerId, epoch };
    const writer = {};
    transaction.writer = writer;
    let left = partitions.size + groups.size;
    if (left === 0) return this.#complete(transaction, outcome);
    const writeLater = (write: () => boolean, waitMs: number): void =>
      void host.kernel.schedule(waitMs + host.markerMs(), () => {
        if (transaction.writer !== writer) return;
        const readyAtMs = host.readyAtMs(transactionalId);
        if (readyAtMs === undefined) return writeLater(write, againMs);
        if (readyAtMs > host.kernel.nowMs) return writeLater(write, readyAtMs - host.kernel.nowMs);
        if (!write()) return writeLater(write, againMs);
        if (--left === 0) this.#complete(transaction, outcome);
      });
    for (const partition of partitions.values()) writeLater(() => host.writeMarker(partition, producer, outcome), 0);
    for (const groupId of groups) writeLater(() => host.endOffsets(groupId, producer, outcome), 0);
  }

  #complete(transaction: Transaction, outcome: Outcome): void {
    transaction.state = `complete-${outcome}`;
    transaction.changedMs = this.#host.kernel.nowMs;
    transaction.partitions.clear();
    transaction.groups.clear();
  }
}

/** How long until a marker is tried again that could not be written. */
const againMs = 20;

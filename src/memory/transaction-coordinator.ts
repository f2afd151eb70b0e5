// Who may write under which transactional id, and how transactions end: the coordinator's side of the protocol that the client
// speaks (without KIP-890's second part). What is decided is written down first and becomes visible later: markers reach the
// partitions one by one, and until the last has, the next transaction of the id has to wait.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';
import type { Outcome, ProducerEpoch } from './partition-log.js';
import { Refusal } from './refusal.js';

export interface TransactionHost {
  readonly kernel: Kernel;
  /** How long the next marker takes to its partition, in milliseconds. */
  readonly markerMs: () => number;
  writeMarker(partition: TopicPartition, producer: ProducerEpoch, outcome: Outcome): void;
  /** Offsets that wait for the transaction become the group's, or are forgotten. */
  endOffsets(groupId: string, producer: ProducerEpoch, outcome: Outcome): void;
}

interface Transaction {
  readonly producerId: number;
  epoch: number;
  readonly timeoutMs: number;
  state: 'empty' | 'ongoing' | 'prepare-commit' | 'prepare-abort' | 'complete-commit' | 'complete-abort';
  readonly partitions: Map<string, TopicPartition>;
  readonly groups: Set<string>;
  /** Ends it when its time is over. */
  cancelTimeout: () => void;
}

export class TransactionCoordinator {
  readonly #host: TransactionHost;
  readonly #transactions = new Map<string, Transaction>();
  #producerIds = 1000;

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  /** For producers without transactions. */
  newProducer(): ProducerEpoch {
    return { id: this.#producerIds++, epoch: 0 };
  }

  /** Fences every older producer of the id. @throws CONCURRENT_TRANSACTIONS until what one has left open is ended */
  init(transactionalId: string, timeoutMs: number): ProducerEpoch {
    const before = this.#transactions.get(transactionalId);
    if (before?.state === 'ongoing') {
      // The epoch goes up first, so that its owner cannot add to what is being aborted.
      before.epoch++;
      this.#prepare(before, 'abort');
    }
    if (before && isEnding(before)) throw new Refusal('CONCURRENT_TRANSACTIONS');
    const producerId = before?.producerId ?? this.#producerIds++;
    const epoch = before ? before.epoch + 1 : 0;
    this.#transactions.set(transactionalId, {
      producerId,
      epoch,
      timeoutMs,
      state: 'empty',
      partitions: new Map(),
      groups: new Set(),
      cancelTimeout: () => {},
    });
    return { id: producerId, epoch };
  }

  addPartitions(transactionalId: string, producer: ProducerEpoch, partitions: readonly TopicPartition[]): void {
    const transaction = this.#writable(transactionalId, producer);
    for (const partition of partitions) transaction.partitions.set(partitionKey(partition), partition);
    this.#begin(transaction);
  }

  addOffsets(transactionalId: string, producer: ProducerEpoch, groupId: string): void {
    const transaction = this.#writable(transactionalId, producer);
    transaction.groups.add(groupId);
    this.#begin(transaction);
  }

  /** Asked before a record is appended (KIP-890, first part). @throws INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH */
  verify(producer: ProducerEpoch, partition: TopicPartition): void {
    if (!this.#ongoing(producer).partitions.has(partitionKey(partition))) throw new Refusal('INVALID_TXN_STATE');
  }

  /** As `verify`, for the offsets of a group. */
  verifyGroup(producer: ProducerEpoch, groupId: string): void {
    if (!this.#ongoing(producer).groups.has(groupId)) throw new Refusal('INVALID_TXN_STATE');
  }

  end(transactionalId: string, producer: ProducerEpoch, outcome: Outcome): void {
    const transaction = this.#owned(transactionalId, producer);
    switch (transaction.state) {
      case 'ongoing':
        return this.#prepare(transaction, outcome);
      case 'prepare-commit':
      case 'prepare-abort':
        if (transaction.state === `prepare-${outcome}`) throw new Refusal('CONCURRENT_TRANSACTIONS');
        throw new Refusal('INVALID_TXN_STATE');
      case 'complete-commit':
      case 'complete-abort':
        // The same request again: its first answer was lost.
        if (transaction.state === `complete-${outcome}`) return;
        throw new Refusal('INVALID_TXN_STATE');
      case 'empty':
        throw new Refusal('INVALID_TXN_STATE');
    }
  }

  /** Transactions that are neither ended nor empty, by their ids. */
  get open(): readonly string[] {
    return [...this.#transactions].flatMap(([id, one]) => (one.state === 'ongoing' || isEnding(one) ? [id] : []));
  }

  #begin(transaction: Transaction): void {
    if (transaction.state === 'ongoing') return;
    transaction.state = 'ongoing';
    transaction.cancelTimeout = this.#host.kernel.schedule(transaction.timeoutMs, () => {
      if (transaction.state !== 'ongoing') return;
      transaction.epoch++;
      this.#prepare(transaction, 'abort');
    });
  }

  /** From here on the outcome is certain. The markers follow, each in its own time. */
  #prepare(transaction: Transaction, outcome: Outcome): void {
    transaction.cancelTimeout();
    transaction.state = `prepare-${outcome}`;
    const host = this.#host;
    const producer = { id: transaction.producerId, epoch: transaction.epoch };
    const writes = [
      ...[...transaction.partitions.values()].map((partition) => () => host.writeMarker(partition, producer, outcome)),
      ...[...transaction.groups].map((groupId) => () => host.endOffsets(groupId, producer, outcome)),
    ];
    let left = writes.length;
    const done = (): void => {
      transaction.state = `complete-${outcome}`;
      transaction.partitions.clear();
      transaction.groups.clear();
    };
    if (left === 0) return done();
    for (const write of writes)
      host.kernel.schedule(host.markerMs(), () => {
        write();
        if (--left === 0) done();
      });
  }

  #owned(transactionalId: string, { id, epoch }: ProducerEpoch): Transaction {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction?.producerId !== id) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    if (transaction.epoch !== epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    return transaction;
  }

  #writable(transactionalId: string, producer: ProducerEpoch): Transaction {
    const transaction = this.#owned(transactionalId, producer);
    if (isEnding(transaction)) throw new Refusal('CONCURRENT_TRANSACTIONS');
    return transaction;
  }

  #ongoing({ id, epoch }: ProducerEpoch): Transaction {
    for (const transaction of this.#transactions.values()) {
      if (transaction.producerId !== id) continue;
      if (transaction.epoch !== epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
      if (transaction.state !== 'ongoing') throw new Refusal('INVALID_TXN_STATE');
      return transaction;
    }
    throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
  }
}

function isEnding({ state }: Transaction): boolean {
  return state === 'prepare-commit' || state === 'prepare-abort';
}

// Who may write under which transactional id, and how transactions end: the coordinator's side of the protocol that the client
// speaks (without KIP-890's second part: `end` would give the next epoch back, and `init` would not be what fences). What is
// decided is written down first and becomes visible later, by markers: until the last is written, the id's next transaction waits.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Outcome } from './partition-log.js';
import type { ProducerEpoch } from './producer-states.js';
import { Refusal } from './refusal.js';
import { isEnding, type Transaction, type TransactionHost, TransactionMarkers } from './transaction-markers.js';

export class TransactionCoordinator {
  readonly #host: TransactionHost;
  readonly #transactions = new Map<string, Transaction>();
  readonly #byProducer = new Map<number, Transaction>();
  #producerIds = 1000;

  readonly #markers: TransactionMarkers;

  constructor(host: TransactionHost) {
    this.#host = host;
    this.#markers = new TransactionMarkers(host);
  }

  /** For producers without transactions. */
  newProducer(): ProducerEpoch {
    return { id: this.#producerIds++, epoch: 0 };
  }

  /**
   * Fences every older producer of the id.
   *
   * @param expected whoever asks has been that one, and goes on with its next epoch, unless somebody has come meanwhile (KIP-360)
   * @throws CONCURRENT_TRANSACTIONS until what one has left open is ended, PRODUCER_FENCED
   */
  init(transactionalId: string, timeoutMs: number, expected?: ProducerEpoch): ProducerEpoch {
    const before = this.#find(transactionalId);
    if (before && expected && before.producerId !== expected.id) throw new Refusal('PRODUCER_FENCED');
    if (before?.state === 'ongoing') {
      // The epoch goes up first, so that its owner cannot add to what is being aborted.
      before.epoch++;
      this.#prepare(before, 'abort');
    }
    if (before && isEnding(before)) throw new Refusal('CONCURRENT_TRANSACTIONS');
    if (before && expected && expected.epoch !== before.epoch) {
      // The same request again: its first answer was lost.
      if (expected.epoch === before.bumpedFrom) return { id: before.producerId, epoch: before.epoch };
      throw new Refusal('PRODUCER_FENCED');
    }
    // The last epoch is kept for fencing: whoever would get it gets a new producer id.
    const isUsedUp = before === undefined || before.epoch >= epochMax - 1;
    const producerId = isUsedUp ? this.#producerIds++ : before.producerId;
    const epoch = isUsedUp ? 0 : before.epoch + 1;
    if (before) this.#byProducer.delete(before.producerId);
    const transaction: Transaction = {
      transactionalId,
      producerId,
      epoch,
      bumpedFrom: expected?.epoch,
      timeoutMs,
      state: 'empty',
      changedMs: this.#host.kernel.nowMs,
      partitions: new Map(),
      groups: new Set(),
      cancelTimeout: () => {},
      writer: {},
    };
    this.#transactions.set(transactionalId, transaction);
    this.#byProducer.set(producerId, transaction);
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

  /**
   * Asked before a record is appended (KIP-890, first part).
   * @throws INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, CONCURRENT_TRANSACTIONS while markers are written
   */
  verify(producer: ProducerEpoch, partition: TopicPartition): void {
    if (!this.#verified(producer).partitions.has(partitionKey(partition))) throw new Refusal('INVALID_TXN_STATE');
  }

  /** As `verify`, for the offsets of a group. */
  verifyGroup(producer: ProducerEpoch, groupId: string): void {
    if (!this.#verified(producer).groups.has(groupId)) throw new Refusal('INVALID_TXN_STATE');
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

  /** Whose transactions these are; undefined where no id has this producer. */
  idOf({ id }: ProducerEpoch): string | undefined {
    return this.#byProducer.get(id)?.transactionalId;
  }

  /** Another node coordinates the id: it knows what is decided, not which markers are written, and writes all of them. */
  reload(transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction && isEnding(transaction)) this.#markers.write(transaction);
  }

  /** Forgets all ids that have nothing open, as if they had not been used for long. */
  forgetIdle(): void {
    for (const transaction of this.#transactions.values()) if (isIdle(transaction)) this.#forget(transaction);
  }

  /** Transactions that are neither ended nor empty, by their ids. */
  get open(): readonly string[] {
    const open: string[] = [];
    for (const [id, one] of this.#transactions) if (!isIdle(one)) open.push(id);
    return open;
  }

  #begin(transaction: Transaction): void {
    if (transaction.state === 'ongoing') return;
    transaction.state = 'ongoing';
    const { kernel, timeoutLookMs } = this.#host;
    // Brokers look from time to time: one whose time is over goes on until then.
    const dueMs = Math.ceil((kernel.nowMs + transaction.timeoutMs) / timeoutLookMs) * timeoutLookMs;
    transaction.cancelTimeout = kernel.schedule(dueMs - kernel.nowMs, () => {
      if (transaction.state !== 'ongoing') return;
      transaction.epoch++;
      this.#prepare(transaction, 'abort');
    });
  }

  /** From here on the outcome is certain. */
  #prepare(transaction: Transaction, outcome: Outcome): void {
    transaction.cancelTimeout();
    transaction.state = `prepare-${outcome}`;
    this.#markers.write(transaction);
  }

  #find(transactionalId: string): Transaction | undefined {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction === undefined || !isIdle(transaction)) return transaction;
    if (this.#host.kernel.nowMs - transaction.changedMs < this.#host.expirationMs) return transaction;
    this.#forget(transaction);
    return undefined;
  }

  #forget({ transactionalId, producerId }: Transaction): void {
    this.#transactions.delete(transactionalId);
    this.#byProducer.delete(producerId);
  }

  #owned(transactionalId: string, { id, epoch }: ProducerEpoch): Transaction {
    const transaction = this.#find(transactionalId);
    if (transaction?.producerId !== id) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    if (transaction.epoch !== epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    return transaction;
  }

  #writable(transactionalId: string, producer: ProducerEpoch): Transaction {
    const transaction = this.#owned(transactionalId, producer);
    if (isEnding(transaction)) throw new Refusal('CONCURRENT_TRANSACTIONS');
    return transaction;
  }

  #verified({ id, epoch }: ProducerEpoch): Transaction {
    const transaction = this.#byProducer.get(id);
    if (transaction === undefined) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    if (transaction.epoch !== epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    if (isEnding(transaction)) throw new Refusal('CONCURRENT_TRANSACTIONS');
    return transaction;
  }
}

function isIdle(transaction: Transaction): boolean {
  return transaction.state !== 'ongoing' && !isEnding(transaction);
}

/** Of a number of 16 bits. */
const epochMax = 32_767;

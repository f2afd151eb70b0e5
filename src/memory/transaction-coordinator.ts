// Who may write under which transactional id, and how transactions end: the coordinator's side of the protocol that the client
// speaks (without KIP-890's second part: `end` would give the next epoch back, and `init` would not be what fences). What is
// decided is written down first and becomes visible later: markers reach the partitions one by one, and until the last has, the
// next transaction of the id has to wait.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';
import type { Outcome } from './partition-log.js';
import type { ProducerEpoch } from './producer-states.js';
import { Refusal } from './refusal.js';

export interface TransactionHost {
  readonly kernel: Kernel;
  /** How long the next marker takes to its partition, in milliseconds. */
  readonly markerMs: () => number;
  /** After how long an id that is not used is forgotten. */
  readonly expirationMs: number;
  /** When whoever coordinates the id can act; undefined while that node is down. */
  readyAtMs(transactionalId: string): number | undefined;
  /** Whether it was written: the partition may be nobody's at the moment. */
  writeMarker(partition: TopicPartition, producer: ProducerEpoch, outcome: Outcome): boolean;
  /** Offsets that wait for the transaction become the group's, or are forgotten. Whether that was done, as for a marker. */
  endOffsets(groupId: string, producer: ProducerEpoch, outcome: Outcome): boolean;
}

interface Transaction {
  readonly transactionalId: string;
  readonly producerId: number;
  epoch: number;
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

export class TransactionCoordinator {
  readonly #host: TransactionHost;
  readonly #transactions = new Map<string, Transaction>();
  readonly #byProducer = new Map<number, Transaction>();
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
    const before = this.#find(transactionalId);
    if (before?.state === 'ongoing') {
      // The epoch goes up first, so that its owner cannot add to what is being aborted.
      before.epoch++;
      this.#prepare(before, 'abort');
    }
    if (before && isEnding(before)) throw new Refusal('CONCURRENT_TRANSACTIONS');
    // The last epoch is kept for fencing: whoever would get it gets a new producer id.
    const isUsedUp = before === undefined || before.epoch >= epochMax - 1;
    const producerId = isUsedUp ? this.#producerIds++ : before.producerId;
    const epoch = isUsedUp ? 0 : before.epoch + 1;
    if (before) this.#byProducer.delete(before.producerId);
    const transaction: Transaction = {
      transactionalId,
      producerId,
      epoch,
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

  /** Whose transactions these are; undefined where no id has this producer. */
  idOf({ id }: ProducerEpoch): string | undefined {
    return this.#byProducer.get(id)?.transactionalId;
  }

  /** Another node coordinates the id: it knows what is decided, not which markers are written, and writes all of them. */
  reload(transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId);
    if (transaction && isEnding(transaction)) this.#writeMarkers(transaction);
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
    transaction.cancelTimeout = this.#host.kernel.schedule(transaction.timeoutMs, () => {
      if (transaction.state !== 'ongoing') return;
      transaction.epoch++;
      this.#prepare(transaction, 'abort');
    });
  }

  /** From here on the outcome is certain. */
  #prepare(transaction: Transaction, outcome: Outcome): void {
    transaction.cancelTimeout();
    transaction.state = `prepare-${outcome}`;
    this.#writeMarkers(transaction);
  }

  /** Each in its own time, again and again until it can be written. */
  #writeMarkers(transaction: Transaction): void {
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

  #ongoing({ id, epoch }: ProducerEpoch): Transaction {
    const transaction = this.#byProducer.get(id);
    if (transaction === undefined) throw new Refusal('INVALID_PRODUCER_ID_MAPPING');
    if (transaction.epoch !== epoch) throw new Refusal('INVALID_PRODUCER_EPOCH');
    if (transaction.state !== 'ongoing') throw new Refusal('INVALID_TXN_STATE');
    return transaction;
  }
}

function isEnding({ state }: Transaction): boolean {
  return state === 'prepare-commit' || state === 'prepare-abort';
}

function isIdle(transaction: Transaction): boolean {
  return transaction.state !== 'ongoing' && !isEnding(transaction);
}

/** Of a number of 16 bits. */
const epochMax = 32_767;
/** How long until a marker is tried again that could not be written. */
const againMs = 20;

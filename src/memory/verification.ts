// Whether what a producer brings belongs to a transaction that is open (KIP-890, first part): the leader of a partition and the
// coordinator of a group ask the one of transactions, and tell a client that asks again where they get no answer.

import type { TopicPartition } from '../core/ids.js';
import type { ProducerEpoch } from './partition-log.js';
import { Refusal } from './refusal.js';
import type { TransactionCoordinator } from './transaction-coordinator.js';

export class Verification {
  readonly #transactions: TransactionCoordinator;
  readonly #isReady: (transactionalId: string) => boolean;

  /** @param isReady whether the coordinator of that id answers */
  constructor(transactions: TransactionCoordinator, isReady: (transactionalId: string) => boolean) {
    this.#transactions = transactions;
    this.#isReady = isReady;
  }

  /** @throws INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, NOT_ENOUGH_REPLICAS */
  ofRecords(producer: ProducerEpoch, partition: TopicPartition): void {
    if (!this.#canAsk(producer)) throw new Refusal('NOT_ENOUGH_REPLICAS');
    try {
      this.#transactions.verify(producer, partition);
    } catch (error) {
      // Old clients do not know what to do with that word.
      if (error instanceof Refusal && error.code === 'CONCURRENT_TRANSACTIONS')
        throw new Refusal('NOT_ENOUGH_REPLICAS');
      throw error;
    }
  }

  /** @throws INVALID_TXN_STATE, INVALID_PRODUCER_EPOCH, INVALID_PRODUCER_ID_MAPPING, CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS */
  ofOffsets(producer: ProducerEpoch, groupId: string): void {
    if (!this.#canAsk(producer)) throw new Refusal('COORDINATOR_LOAD_IN_PROGRESS');
    this.#transactions.verifyGroup(producer, groupId);
  }

  /** Nobody knows where the coordinator is of a producer that has no id. */
  #canAsk(producer: ProducerEpoch): boolean {
    const transactionalId = this.#transactions.idOf(producer);
    return transactionalId === undefined || this.#isReady(transactionalId);
  }
}

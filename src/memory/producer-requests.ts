// What a producer asks of the brokers, as the client does it: who it is, which partitions and groups belong to its transaction,
// records to their leaders, one after another to each and to several at once, and how the transaction ends.

import { type GroupOffset, partitionKey, type TopicPartition } from '../core/ids.js';
import { KafkaError } from '../ports/kafka.js';
import type { Cluster } from './cluster.js';
import type { Membership } from './group-coordinator.js';
import type { Kernel, Process } from './kernel.js';
import { type Api, ConnectionLost } from './network.js';
import type { Node } from './node.js';
import type { Outcome, ProducerEpoch, SentRecord } from './partition-log.js';
import type { Place } from './places.js';
import { type PartitionRecords, requestsOf } from './record-form.js';
import { Refusal } from './refusal.js';
import type { Route } from './route.js';

export interface ClientSetup {
  readonly kernel: Kernel;
  /** To whoever the client talks to most: its coordinator, or any broker. */
  readonly network: Route;
  readonly cluster: Cluster;
  readonly process: Process;
  readonly transactionTimeoutMs: number;
}

export class ProducerRequests {
  readonly #setup: ClientSetup;
  readonly #transactionalId: string | undefined;
  readonly #refused: (api: Api, error: KafkaError) => void;
  #producer: ProducerEpoch | undefined;
  /** By partition's key or by group, whose names have no `/`. */
  readonly #routes = new Map<string, Route>();
  readonly #sequences = new Map<string, number>();
  /** What belongs to the transaction that is open. */
  readonly #added = new Set<string>();
  readonly #groups = new Set<string>();
  /** The brokers know nothing of it any more: the client gets itself another identity when it aborts. */
  #isForgotten = false;

  /** @param refused is told of every refusal that the client does not ask again for */
  constructor(setup: ClientSetup, transactionalId: string | undefined, refused: (api: Api, error: KafkaError) => void) {
    this.#setup = setup;
    this.#transactionalId = transactionalId;
    this.#refused = refused;
  }

  async init(): Promise<void> {
    const { cluster, transactionTimeoutMs } = this.#setup;
    const id = this.#id;
    this.#producer = await this.#ask('InitProducerId', () => cluster.transactions.init(id, transactionTimeoutMs));
    this.#sequences.clear();
    this.#isForgotten = false;
  }

  /** In a transaction: what one leader refuses ends what goes there, and fails when the others have answered. */
  async send(waiting: readonly PartitionRecords[]): Promise<void> {
    await this.#addPartitions(waiting);
    const byLeader = new Map<Node, PartitionRecords[]>();
    for (const one of waiting) {
      const leader = this.#setup.cluster.nodeOf({ kind: 'leader', partition: one.partition });
      const toOne = byLeader.get(leader);
      if (toOne === undefined) byLeader.set(leader, [one]);
      else toOne.push(one);
    }
    const sending = [...byLeader.values()].map(async (toOne) => {
      for (const { partition, records } of toOne)
        for (const some of requestsOf(records)) await this.#produce(partition, some);
    });
    for (const sent of await Promise.allSettled(sending)) if (sent.status === 'rejected') throw sent.reason;
  }

  /** Outside transactions: each partition's records go out, whatever becomes of the others'. Fails with the first refusal. */
  async deliver(all: readonly PartitionRecords[], delivery: { acknowledged: number }): Promise<void> {
    const { cluster } = this.#setup;
    this.#producer ??= await this.#ask('InitProducerId', () => cluster.transactions.newProducer());
    let refusal: Error | undefined;
    for (const { partition, records } of all)
      for (const some of requestsOf(records))
        try {
          await this.#produce(partition, some);
          delivery.acknowledged += some.length;
        } catch (error) {
          refusal ??= error as KafkaError;
        }
    if (refusal) throw refusal;
  }

  async sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    groupId: string,
    membership: Membership,
  ): Promise<void> {
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    if (!this.#groups.has(groupId))
      await this.#ask('AddOffsetsToTxn', () => cluster.transactions.addOffsets(id, producer, groupId));
    this.#groups.add(groupId);
    await this.#ask(
      'TxnOffsetCommit',
      () => {
        cluster.transactions.verifyGroup(producer, groupId);
        cluster.group(groupId).commitInTransaction(producer, membership, offsets);
      },
      this.#routeTo(groupId, { kind: 'group', groupId }),
    );
  }

  async end(outcome: Outcome): Promise<void> {
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    if (this.#isForgotten) await this.init();
    // The client asks nobody to end what never began.
    else if (this.#added.size > 0 || this.#groups.size > 0)
      await this.#ask('EndTxn', () => cluster.transactions.end(id, producer, outcome));
    this.#added.clear();
    this.#groups.clear();
  }

  async #addPartitions(waiting: readonly PartitionRecords[]): Promise<void> {
    const added = waiting.map(({ partition }) => partition).filter((one) => !this.#added.has(partitionKey(one)));
    if (added.length === 0) return;
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    await this.#ask('AddPartitionsToTxn', () => {
      for (const one of added) cluster.log(one);
      cluster.transactions.addPartitions(id, producer, added);
    });
    for (const one of added) this.#added.add(partitionKey(one));
  }

  async #produce(partition: TopicPartition, records: readonly SentRecord[]): Promise<void> {
    const { cluster } = this.#setup;
    const key = partitionKey(partition);
    const sequence = this.#sequences.get(key) ?? 0;
    const origin = { ...this.#current, sequence, isTransactional: this.#transactionalId !== undefined };
    const leader = this.#routeTo(key, { kind: 'leader', partition });
    await this.#ask('Produce', () => cluster.produce(partition, records, origin), leader);
    this.#sequences.set(key, sequence + records.length);
  }

  /** One request, made again while the brokers say that it comes too early. */
  async #ask<T>(api: Api, serve: () => T, route = this.#setup.network): Promise<T> {
    const { kernel, process } = this.#setup;
    for (;;) {
      try {
        return await route.ask(process, api, serve);
      } catch (error) {
        if (error instanceof Refusal && !comesTooEarly.has(error.code)) throw this.#toKafkaError(api, error);
        if (!(error instanceof Refusal || error instanceof ConnectionLost)) throw error;
        await kernel.wait(retryMs, process);
      }
    }
  }

  #toKafkaError(api: Api, { code }: Refusal): KafkaError {
    const isForgotten = code === 'INVALID_PRODUCER_ID_MAPPING';
    if (isForgotten) this.#isForgotten = true;
    const isFenced = code === 'INVALID_PRODUCER_EPOCH';
    const isFatal = isFenced || (api === 'EndTxn' && code === 'INVALID_TXN_STATE');
    const error = new KafkaError(isFenced ? '_FENCED' : code, `${api}: ${code}`, {
      fenced: isFenced,
      fatal: isFatal,
      abortable:
        !isFatal && (isForgotten || refusesOffsets.has(code) || api === 'Produce' || api === 'AddPartitionsToTxn'),
    });
    this.#refused(api, error);
    return error;
  }

  #routeTo(name: string, place: Place): Route {
    let route = this.#routes.get(name);
    if (route === undefined) this.#routes.set(name, (route = this.#setup.network.to(place)));
    return route;
  }

  get #current(): ProducerEpoch {
    if (this.#producer === undefined) throw new KafkaError('_STATE', 'init comes first', { fatal: true });
    return this.#producer;
  }

  get #id(): string {
    if (this.#transactionalId === undefined) throw noTransactions();
    return this.#transactionalId;
  }
}

export function noTransactions(): KafkaError {
  return new KafkaError('_STATE', 'an idempotent producer has no transactions', { fatal: true });
}

/** What the client asks again for by itself. */
const comesTooEarly: ReadonlySet<string> = new Set(['CONCURRENT_TRANSACTIONS', 'NOT_ENOUGH_REPLICAS']);
/** As long as the client waits before it asks the coordinator again. */
const retryMs = 20;

/** What makes a transaction one to be aborted when its offsets are sent. */
const refusesOffsets: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'OFFSET_METADATA_TOO_LARGE',
]);

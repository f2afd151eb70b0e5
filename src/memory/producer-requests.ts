// What a producer asks of the brokers, as the client does it: who it is, which partitions and groups belong to its transaction,
// records to their leaders, one after another to each and to several at once, and how the transaction ends.

import { type GroupOffset, partitionKey, type TopicPartition } from '../core/ids.js';
import { KafkaError } from '../ports/kafka.js';
import type { Cluster } from './cluster.js';
import { ConnectionLost } from './connection.js';
import type { Membership } from './group-coordinator.js';
import type { Kernel, Process } from './kernel.js';
import type { Api } from './network.js';
import type { Node } from './node.js';
import type { ProducerEpoch, SentRecord } from './partition-log.js';
import type { Place } from './places.js';
import { type PartitionRecords, requestsOf } from './record-form.js';
import { Refusal, type RefusalCode } from './refusal.js';
import type { Route } from './route.js';
import { errorOf, type Verdict, verdictOn } from './verdicts.js';

export interface ClientSetup {
  readonly kernel: Kernel;
  /** To whoever the client talks to most: its coordinator, or any broker. */
  readonly network: Route;
  readonly cluster: Cluster;
  readonly process: Process;
  readonly transactionTimeoutMs: number;
}

interface Asking {
  readonly route?: Route;
  /** From then on it is not asked again. Default: it always is. */
  readonly untilMs?: number;
  readonly verdictOn?: (code: RefusalCode) => Verdict;
}

export class ProducerRequests {
  readonly #setup: ClientSetup;
  readonly #transactionalId: string | undefined;
  readonly #failed: (error: KafkaError) => void;
  #producer: ProducerEpoch | undefined;
  /** By partition's key or by group, whose names have no `/`. */
  readonly #routes = new Map<string, Route>();
  /** The next one of each partition: a record that was refused has had its own all the same. */
  readonly #sequences = new Map<string, number>();
  /** Partitions with such records, since the epoch began. */
  readonly #withGaps = new Set<string>();
  /** Partitions of the transaction that is open. */
  readonly #added = new Set<string>();
  /** The coordinator may know of the transaction: somebody has to end it. */
  #isKnown = false;
  /** The brokers know nothing of the producer any more, or of the sequences that it has come to. */
  #needsEpoch = false;
  #isClosed = false;

  /** @param failed is told of every refusal that the client does not ask again for */
  constructor(setup: ClientSetup, transactionalId: string | undefined, failed: (error: KafkaError) => void) {
    this.#setup = setup;
    this.#transactionalId = transactionalId;
    this.#failed = failed;
  }

  async init(): Promise<void> {
    const { cluster, transactionTimeoutMs } = this.#setup;
    const id = this.#id;
    const before = this.#producer;
    this.#producer = await this.#ask('InitProducerId', () =>
      cluster.transactions.init(id, transactionTimeoutMs, before),
    );
    this.#beginEpoch();
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
    untilMs: number,
  ): Promise<void> {
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    await this.#addOffsets(() => cluster.transactions.addOffsets(id, producer, groupId), untilMs);
    await this.#ask(
      'TxnOffsetCommit',
      () => {
        cluster.verifyOffsets(producer, groupId);
        cluster.group(groupId).commitInTransaction(producer, membership, offsets);
      },
      { route: this.#routeTo(groupId, { kind: 'group', groupId }), untilMs },
    );
  }

  async commit(): Promise<void> {
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    // The client asks nobody to end what never began.
    if (this.#isKnown) await this.#ask('EndTxn', () => cluster.transactions.end(id, producer, 'commit'));
    this.#ended();
  }

  async abort(): Promise<void> {
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    if (this.#isKnown)
      await this.#ask('EndTxn', () => cluster.transactions.end(id, producer, 'abort')).catch((error: unknown) => {
        // Brokers that have forgotten the id have nothing to abort.
        if (!(error instanceof KafkaError) || error.code !== 'INVALID_PRODUCER_ID_MAPPING') throw error;
      });
    if (this.#needsEpoch) await this.init();
    this.#ended();
  }

  /** Nothing is asked any more. What was sent arrives. */
  close(): void {
    this.#isClosed = true;
    this.#setup.network.close();
    for (const route of this.#routes.values()) route.close();
  }

  async #addPartitions(waiting: readonly PartitionRecords[]): Promise<void> {
    const added = waiting.map(({ partition }) => partition).filter((one) => !this.#added.has(partitionKey(one)));
    if (added.length === 0) return;
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    await this.#lookFor(added);
    this.#isKnown = true;
    await this.#ask('AddPartitionsToTxn', () => cluster.transactions.addPartitions(id, producer, added));
    for (const one of added) this.#added.add(partitionKey(one));
  }

  /** What is nowhere may come to be, for as long as a transaction may take. */
  async #lookFor(partitions: readonly TopicPartition[]): Promise<void> {
    const { cluster, kernel, process, transactionTimeoutMs } = this.#setup;
    const untilMs = kernel.nowMs + transactionTimeoutMs;
    while (partitions.some(({ topic, partition }) => partition >= cluster.partitionsOf(topic))) {
      const gone = new KafkaError('_MSG_TIMED_OUT', 'its topic is not there', { abortable: true });
      if (kernel.nowMs >= untilMs) throw this.#refused(gone, 'abortable');
      await kernel.wait(lookMs, process);
    }
  }

  /** Each time: the client remembers which partitions it has told of, not which groups. */
  async #addOffsets(add: () => void, untilMs: number): Promise<void> {
    const wasKnown = this.#isKnown;
    this.#isKnown = true;
    try {
      await this.#ask('AddOffsetsToTxn', add, { untilMs });
    } catch (error) {
      // A coordinator that has said no knows nothing of it.
      if (error instanceof KafkaError && error.code !== '_TRANSPORT') this.#isKnown = wasKnown;
      throw error;
    }
  }

  async #produce(partition: TopicPartition, records: readonly SentRecord[]): Promise<void> {
    const { cluster } = this.#setup;
    const key = partitionKey(partition);
    const isTransactional = this.#transactionalId !== undefined;
    const sequence = this.#sequences.get(key) ?? 0;
    const origin = { ...this.#current, sequence, isTransactional };
    const hadGap = this.#withGaps.has(key);
    this.#sequences.set(key, sequence + records.length);
    try {
      await this.#ask('Produce', () => cluster.produce(partition, records, origin), {
        route: this.#routeTo(key, { kind: 'leader', partition }),
        verdictOn: (code) =>
          code === 'OUT_OF_ORDER_SEQUENCE_NUMBER' && hadGap ? 'abortable-with-epoch' : verdictOn('Produce', code),
      });
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.#withGaps.add(key);
      if (isTransactional || !this.#needsEpoch)
        throw isTransactional ? error : new KafkaError(error.code, error.message);
      // Outside transactions the client takes the next epoch by itself, and sends the same again.
      this.#producer = { id: origin.id, epoch: origin.epoch + 1 };
      this.#beginEpoch();
      await this.#produce(partition, records);
    }
  }

  /** One request, made again while the brokers say that it comes too early. */
  async #ask<T>(api: Api, serve: () => T, asking: Asking = {}): Promise<T> {
    const { kernel, process, network } = this.#setup;
    const {
      route = network,
      untilMs = Number.POSITIVE_INFINITY,
      verdictOn: judge = (code) => verdictOn(api, code),
    } = asking;
    for (;;) {
      if (this.#isClosed) throw new KafkaError('_DESTROY', `${api}: the producer is closed`, { fatal: true });
      try {
        return await route.ask(api, serve, untilMs);
      } catch (error) {
        const isRefused = error instanceof Refusal;
        if (!isRefused && !(error instanceof ConnectionLost)) throw error;
        const verdict = isRefused ? judge(error.code) : 'asks-again';
        if (verdict !== 'asks-again') throw this.#refused(errorOf(api, (error as Refusal).code, verdict), verdict);
        if (kernel.nowMs >= untilMs) throw this.#outOfTime(api, error);
        await kernel.wait(retryMs, process);
      }
    }
  }

  #refused(error: KafkaError, verdict: Verdict): KafkaError {
    if (verdict === 'abortable-with-epoch') this.#needsEpoch = true;
    this.#failed(error);
    return error;
  }

  /** To the coordinator of transactions the call may be made again; what the group has not taken by then has to be aborted. */
  #outOfTime(api: Api, error: Refusal | ConnectionLost): KafkaError {
    const code = error instanceof Refusal ? error.code : '_TRANSPORT';
    if (api !== 'TxnOffsetCommit') return new KafkaError(code, `${api}: ${code}`, { retriable: true });
    return this.#refused(new KafkaError(code, `${api}: ${code}`, { abortable: true }), 'abortable');
  }

  #ended(): void {
    this.#added.clear();
    this.#isKnown = false;
  }

  #beginEpoch(): void {
    this.#sequences.clear();
    this.#withGaps.clear();
    this.#needsEpoch = false;
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

/** As long as the client waits before it asks the coordinator again. */
const retryMs = 20;
/** The same, before it looks again for a topic that is not there. */
const lookMs = 500;

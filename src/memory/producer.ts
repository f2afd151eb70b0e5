// A producer as the client has it: what is sent goes out by itself, partition by partition, and what goes wrong with it shows at
// the next call. Calls are bounded; one whose time is over goes on, and the same call made again waits for it.

import { type GroupOffset, partitionKey, type TopicPartition } from '../core/ids.js';
import {
  type Consumer,
  DeliveryError,
  type Guard,
  KafkaError,
  type Producer,
  type ProducerOptions,
} from '../ports/kafka.js';
import type { OutputBatch } from '../ports/output-batch.js';
import type { Cluster } from './cluster.js';
import { MemoryConsumer } from './consumer.js';
import type { Kernel, Process } from './kernel.js';
import { type Api, ConnectionLost } from './network.js';
import type { Outcome, ProducerEpoch, SentRecord } from './partition-log.js';
import type { Place } from './places.js';
import { type PartitionRecords, recordsOf, requestsOf } from './record-form.js';
import { Refusal } from './refusal.js';
import type { Route } from './route.js';
import { TransactionCalls } from './transaction-calls.js';

export interface ClientSetup {
  readonly kernel: Kernel;
  /** To whoever the client talks to most: its coordinator, or any broker. */
  readonly network: Route;
  readonly cluster: Cluster;
  readonly process: Process;
  readonly transactionTimeoutMs: number;
}

export class MemoryProducer implements Producer {
  #isTainted = false;
  readonly #setup: ClientSetup;
  readonly #transactionalId: string | undefined;
  #producer: ProducerEpoch | undefined;
  /** By partition's key or by group, whose names have no `/`. */
  readonly #routes = new Map<string, Route>();
  readonly #sequences = new Map<string, number>();
  /** What belongs to the transaction that is open. */
  readonly #added = new Set<string>();
  readonly #groups = new Set<string>();
  #unsent: PartitionRecords[] = [];
  #sending: Promise<void> = Promise.resolve();
  readonly #calls = new TransactionCalls();
  /** The brokers know nothing of it any more: the client gets itself another identity when it aborts. */
  #isForgotten = false;
  /** A call whose time was over, and what it was. */
  #underWay: UnderWay | undefined;
  #isClosed = false;

  constructor(options: ProducerOptions, setup: ClientSetup) {
    this.#setup = setup;
    this.#transactionalId = options.kind === 'transactional' ? options.transactionalId : undefined;
    // E7: what was on its way may still arrive, and the client does not tell such connections from those that were idle.
    setup.network.onLost(() => (this.#isTainted = true));
  }

  get isTainted(): boolean {
    return this.#isTainted;
  }

  init(timeoutMs: number): Promise<void> {
    // Nothing is fenced outside transactions.
    if (this.#transactionalId === undefined) return Promise.resolve();
    return this.#resumable('init', timeoutMs, async () => {
      const { cluster, transactionTimeoutMs } = this.#setup;
      const id = this.#id;
      this.#calls.require('connected');
      this.#producer = await this.#ask('InitProducerId', () => cluster.transactions.init(id, transactionTimeoutMs));
      this.#sequences.clear();
      this.#calls.enter('ready');
    });
  }

  begin(): Promise<void> {
    return this.#watched(async () => {
      if (this.#isClosed) throw closed();
      if (this.#transactionalId === undefined) throw noTransactions();
      if (this.#underWay) throw new KafkaError('_CONFLICT', `${this.#underWay.call} is under way`);
      this.#calls.requireForBegin();
      this.#calls.enter('open');
    });
  }

  send(outputs: OutputBatch): Promise<void> {
    return this.#watched(async () => {
      if (this.#isClosed) throw closed();
      if (this.#transactionalId === undefined) throw noTransactions();
      // The client looks at one record after another: those before the one that it does not take are queued.
      const taken = this.#firstUnknown(outputs);
      if (outputs.length > 0) this.#calls.requireForSend();
      void this.#queue(outputs, taken);
      if (taken < outputs.length) throw unknownPartition();
    });
  }

  sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    consumer: Consumer,
    timeoutMs: number,
    guard: Guard,
  ): Promise<void> {
    if (!(consumer instanceof MemoryConsumer)) throw new TypeError('a consumer of the model is needed');
    // Unlike the others it keeps no result for later.
    const forget = (): void => void (this.#underWay = undefined);
    return this.#watched(() =>
      this.#resumable('send offsets', timeoutMs, () => this.#sendOffsets(offsets, consumer).finally(forget), guard),
    );
  }

  commit(timeoutMs: number, guard: Guard): Promise<void> {
    const run = async (time: CallTime): Promise<void> => {
      this.#calls.require('open', 'committing');
      this.#calls.enter('committing');
      await this.#sending;
      this.#calls.require('committing');
      // The coordinator is asked by a call that has waited until then: one whose time was over before has to be made again.
      if (time.isOver) this.#underWay = { call: 'commit', done: undefined, time };
      else await this.#end('commit');
    };
    return this.#watched(() => this.#resumable('commit', timeoutMs, run, guard));
  }

  abort(timeoutMs: number): Promise<void> {
    const run = async (): Promise<void> => {
      await this.#sending;
      this.#calls.require('open', 'to-be-aborted');
      this.#calls.enter('aborting');
      await this.#end('abort');
    };
    return this.#watched(() => this.#resumable('abort', timeoutMs, run));
  }

  async deliver(outputs: OutputBatch, timeoutMs: number): Promise<void> {
    if (this.#transactionalId !== undefined) throw state('it sends in transactions only');
    if (this.#isClosed) throw closed();
    const delivery = { acknowledged: 0 };
    // What one has left under way goes out first; the next one's records are others.
    const before = this.#underWay?.done?.catch(() => {}) ?? Promise.resolve();
    const taken = this.#firstUnknown(outputs);
    const records = recordsOf(outputs, taken);
    const done = before
      .then(() => this.#deliverAll(records, delivery))
      .then(() => {
        if (taken < outputs.length) throw unknownPartition();
      })
      .finally(() => {
        if (this.#underWay?.done === done) this.#underWay = undefined;
      });
    this.#underWay = { call: 'deliver', done, time: { isOver: false } };
    try {
      await this.#bounded('deliver', timeoutMs, done);
    } catch (error) {
      throw error instanceof KafkaError ? new DeliveryError(error, delivery.acknowledged) : error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { kernel, process } = this.#setup;
    const under = this.#underWay?.done;
    if (under === undefined) return;
    await under.catch(() => {});
    // Whoever made that call hears of it first.
    await kernel.wait(0, process);
  }

  #queue(outputs: OutputBatch, count: number): Promise<void> {
    this.#unsent.push(...recordsOf(outputs, count));
    this.#sending = this.#sending.then(() => this.#sendAll());
    return this.#sending;
  }

  /** Sends what waits. What fails is kept for the call that asks. */
  async #sendAll(): Promise<void> {
    const { cluster } = this.#setup;
    const waiting = this.#unsent;
    this.#unsent = [];
    try {
      const added = waiting.map(({ partition }) => partition).filter((one) => !this.#added.has(partitionKey(one)));
      if (added.length > 0) {
        const producer = this.#current;
        await this.#ask('AddPartitionsToTxn', () => {
          for (const one of added) cluster.log(one);
          cluster.transactions.addPartitions(this.#id, producer, added);
        });
        for (const one of added) this.#added.add(partitionKey(one));
      }
      for (const { partition, records } of waiting)
        for (const some of requestsOf(records)) await this.#produce(partition, some);
    } catch (error) {
      this.#calls.fail(error as KafkaError);
    }
  }

  async #produce(partition: TopicPartition, records: readonly SentRecord[]): Promise<void> {
    const { cluster } = this.#setup;
    const key = partitionKey(partition);
    const sequence = this.#sequences.get(key) ?? 0;
    const origin = { ...this.#current, sequence, isTransactional: this.#transactionalId !== undefined };
    await this.#ask('Produce', () => cluster.produce(partition, records, origin), this.#leader(partition));
    this.#sequences.set(key, sequence + records.length);
  }

  /** Each partition's records go out, whatever becomes of the others'. Fails with the first refusal. */
  async #deliverAll(all: readonly PartitionRecords[], delivery: { acknowledged: number }): Promise<void> {
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

  async #sendOffsets(offsets: readonly (TopicPartition & GroupOffset)[], consumer: MemoryConsumer): Promise<void> {
    consumer.requireOpen('send offsets');
    this.#calls.require('open');
    const { groupId, membership } = consumer;
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
      this.#coordinator(groupId),
    );
  }

  async #end(outcome: Outcome): Promise<void> {
    const { cluster } = this.#setup;
    const id = this.#id;
    const producer = this.#current;
    if (this.#isForgotten) {
      const { transactionTimeoutMs } = this.#setup;
      this.#producer = await this.#ask('InitProducerId', () => cluster.transactions.init(id, transactionTimeoutMs));
      this.#sequences.clear();
      this.#isForgotten = false;
      // The client asks nobody to end what never began.
    } else if (this.#added.size > 0 || this.#groups.size > 0)
      await this.#ask('EndTxn', () => cluster.transactions.end(id, producer, outcome));
    this.#added.clear();
    this.#groups.clear();
    this.#calls.enter('ready');
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

  #toKafkaError(api: string, { code }: Refusal): KafkaError {
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
    this.#calls.fail(error);
    // The client counts its sequence anew after a refused record, and its next transactions fail.
    if (api === 'Produce') this.#isTainted = true;
    return error;
  }

  /** Runs a call within its time; made again, it waits for the one that is still under way. */
  async #resumable(
    call: string,
    timeoutMs: number,
    run: (time: CallTime) => Promise<void>,
    guard: Guard = () => {},
  ): Promise<void> {
    if (this.#isClosed) throw closed();
    guard();
    const before = this.#underWay;
    if (before && before.call !== call)
      throw new KafkaError('_CONFLICT', `${before.call} is under way`, { retriable: true });
    const time = before?.time ?? { isOver: false };
    time.isOver = false;
    const done = before?.done ?? run(time);
    this.#underWay = { call, done, time };
    try {
      await this.#bounded(call, timeoutMs, done);
    } catch (error) {
      time.isOver = isOutOfTime(error);
      throw error;
    } finally {
      // What has come of a call whose time was over is kept for the same call made again: no other one is taken before that.
      if (!time.isOver) this.#underWay = undefined;
    }
  }

  /** E7: of a producer one of whose calls has failed, a request may still be on its way. What a group says of a member is no such thing. */
  async #watched(call: () => Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      if (error instanceof KafkaError && !aboutMember.has(error.code)) this.#isTainted = true;
      throw error;
    }
  }

  /** Index of the first record for a partition that its topic does not have. Of a topic that is not there nothing is known. */
  #firstUnknown({ topics, columns, length }: OutputBatch): number {
    const { cluster } = this.#setup;
    for (let i = 0; i < length; i++) {
      const partitions = cluster.partitionsOf(topics[columns.topic[i] as number] as string);
      if (partitions > 0 && (columns.partition[i] as number) >= partitions) return i;
    }
    return length;
  }

  #bounded(call: string, timeoutMs: number, done: Promise<void>): Promise<void> {
    const { kernel, process } = this.#setup;
    return new Promise((resolve, reject) => {
      const cancel = kernel.schedule(
        timeoutMs,
        () => reject(new KafkaError('_TIMED_OUT', `${call}: no answer in time`, { retriable: true })),
        process,
      );
      done.then(resolve, reject).finally(cancel);
    });
  }

  #leader(partition: TopicPartition): Route {
    return this.#routeTo(partitionKey(partition), { kind: 'leader', partition });
  }

  #coordinator(groupId: string): Route {
    return this.#routeTo(groupId, { kind: 'group', groupId });
  }

  #routeTo(name: string, place: Place): Route {
    let route = this.#routes.get(name);
    if (route === undefined) this.#routes.set(name, (route = this.#setup.network.to(place)));
    return route;
  }

  get #current(): ProducerEpoch {
    if (this.#producer === undefined) throw state('init comes first');
    return this.#producer;
  }

  get #id(): string {
    if (this.#transactionalId === undefined) throw noTransactions();
    return this.#transactionalId;
  }
}

interface UnderWay {
  readonly call: string;
  /** Undefined where it goes on only when it is made again. */
  readonly done: Promise<void> | undefined;
  readonly time: CallTime;
}

interface CallTime {
  /** Nobody waits for it any more. */
  isOver: boolean;
}

/** What the client asks again for by itself. */
const comesTooEarly: ReadonlySet<string> = new Set(['CONCURRENT_TRANSACTIONS', 'NOT_ENOUGH_REPLICAS']);
/** As long as the client waits before it asks the coordinator again. */
const retryMs = 20;

/** What the group's coordinator says of the member whose offsets these are. */
const aboutMember: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
]);
/** What makes a transaction one to be aborted when its offsets are sent. */
const refusesOffsets: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'OFFSET_METADATA_TOO_LARGE',
]);

function isOutOfTime(error: unknown): boolean {
  return error instanceof KafkaError && error.code === '_TIMED_OUT';
}

function state(message: string): KafkaError {
  return new KafkaError('_STATE', message, { fatal: true });
}

function noTransactions(): KafkaError {
  return state('an idempotent producer has no transactions');
}

function unknownPartition(): KafkaError {
  return new KafkaError('_UNKNOWN_PARTITION', 'produce: its topic has no such partition');
}

function closed(): KafkaError {
  return new KafkaError('_DESTROY', 'the producer is closed', { fatal: true });
}

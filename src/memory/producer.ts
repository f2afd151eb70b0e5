// A producer as the client has it: what is sent goes out by itself, partition by partition, and what goes wrong with it shows at
// the next call.

import type { GroupOffset, TopicPartition } from '../core/ids.js';
import {
  type Consumer,
  DeliveryError,
  type Guard,
  KafkaError,
  type Producer,
  type ProducerOptions,
} from '../ports/kafka.js';
import type { OutputBatch } from '../ports/output-batch.js';
import { MemoryConsumer } from './consumer.js';
import { KnownTopics } from './known-topics.js';
import { type CallTime, OneCall } from './one-call.js';
import { type ClientSetup, noTransactions, ProducerRequests } from './producer-requests.js';
import { type PartitionRecords, recordsOf } from './record-form.js';
import { TransactionCalls } from './transaction-calls.js';

export type { ClientSetup } from './producer-requests.js';

export class MemoryProducer implements Producer {
  #isTainted = false;
  readonly #setup: ClientSetup;
  readonly #transactionalId: string | undefined;
  readonly #requests: ProducerRequests;
  readonly #topics: KnownTopics;
  #unsent: PartitionRecords[] = [];
  #sending: Promise<void> = Promise.resolve();
  readonly #calls = new TransactionCalls();
  readonly #call: OneCall;

  constructor(options: ProducerOptions, setup: ClientSetup) {
    this.#setup = setup;
    this.#transactionalId = options.kind === 'transactional' ? options.transactionalId : undefined;
    this.#requests = new ProducerRequests(setup, this.#transactionalId, (error) => this.#calls.fail(error));
    this.#topics = new KnownTopics(setup);
    this.#call = new OneCall(setup);
    // E7: what was on its way may still arrive, and the client does not tell such connections from those that were idle.
    setup.network.onLost(() => (this.#isTainted = true));
  }

  get isTainted(): boolean {
    return this.#isTainted;
  }

  init(timeoutMs: number): Promise<void> {
    // Nothing is fenced outside transactions.
    if (this.#transactionalId === undefined) return Promise.resolve();
    return this.#call.resumable('init', timeoutMs, async () => {
      this.#calls.require('connected');
      await this.#requests.init();
      this.#calls.enter('ready');
    });
  }

  begin(): Promise<void> {
    return this.#watched(async () => {
      this.#call.requireOpen();
      if (this.#transactionalId === undefined) throw noTransactions();
      this.#call.requireNone();
      this.#calls.requireForBegin();
      this.#calls.enter('open');
    });
  }

  send(outputs: OutputBatch): Promise<void> {
    return this.#watched(async () => {
      this.#call.requireOpen();
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
    const untilMs = this.#setup.kernel.nowMs + timeoutMs;
    return this.#watched(() =>
      this.#call.whole('send offsets', guard, () => this.#sendOffsets(offsets, consumer, untilMs)),
    );
  }

  commit(timeoutMs: number, guard: Guard): Promise<void> {
    const run = async (time: CallTime): Promise<void> => {
      this.#calls.require('open', 'committing');
      this.#calls.enter('committing');
      await this.#sending;
      this.#calls.require('committing');
      // The coordinator is asked by a call that has waited until then: one whose time was over before has to be made again.
      if (time.isOver) this.#call.goesOnWhenMadeAgain('commit', time);
      else await this.#end(this.#requests.commit());
    };
    return this.#watched(() => this.#call.resumable('commit', timeoutMs, run, guard));
  }

  abort(timeoutMs: number): Promise<void> {
    const run = async (): Promise<void> => {
      await this.#sending;
      this.#calls.require('open', 'to-be-aborted');
      this.#calls.enter('aborting');
      await this.#end(this.#requests.abort());
    };
    return this.#watched(() => this.#call.resumable('abort', timeoutMs, run));
  }

  async deliver(outputs: OutputBatch, timeoutMs: number): Promise<void> {
    if (this.#transactionalId !== undefined) throw state('it sends in transactions only');
    this.#call.requireOpen();
    const delivery = { acknowledged: 0 };
    const taken = this.#firstUnknown(outputs);
    const records = recordsOf(outputs, taken);
    try {
      // What one has left under way goes out first; the next one's records are others.
      await this.#call.behind('deliver', timeoutMs, async () => {
        await this.#requests.deliver(records, delivery);
        if (taken < outputs.length) throw unknownPartition();
      });
    } catch (error) {
      throw error instanceof KafkaError ? new DeliveryError(error, delivery.acknowledged) : error;
    }
  }

  async close(): Promise<void> {
    await this.#call.close();
    this.#requests.close();
  }

  #queue(outputs: OutputBatch, count: number): Promise<void> {
    this.#unsent.push(...recordsOf(outputs, count));
    this.#sending = this.#sending.then(() => this.#sendAll());
    return this.#sending;
  }

  /** Sends what waits. What fails is kept for the call that asks. */
  async #sendAll(): Promise<void> {
    const waiting = this.#unsent;
    this.#unsent = [];
    try {
      await this.#requests.send(waiting);
    } catch (error) {
      this.#calls.fail(error as KafkaError);
    }
  }

  async #sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    consumer: MemoryConsumer,
    untilMs: number,
  ): Promise<void> {
    consumer.requireOpen('send offsets');
    this.#calls.require('open');
    await this.#requests.sendOffsets(offsets, consumer.groupId, consumer.membership, untilMs);
  }

  async #end(ending: Promise<void>): Promise<void> {
    await ending;
    this.#calls.enter('ready');
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

  /** Index of the first record for a partition that is not known of. Of a topic that is not there nothing is known. */
  #firstUnknown({ topics, columns, length }: OutputBatch): number {
    for (let i = 0; i < length; i++) {
      const partitions = this.#topics.partitionsOf(topics[columns.topic[i] as number] as string);
      if (partitions > 0 && (columns.partition[i] as number) >= partitions) return i;
    }
    return length;
  }
}

/** What the group's coordinator says of the member whose offsets these are. */
const aboutMember: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
]);

function state(message: string): KafkaError {
  return new KafkaError('_STATE', message, { fatal: true });
}

function unknownPartition(): KafkaError {
  return new KafkaError('_UNKNOWN_PARTITION', 'produce: its topic has no such partition');
}

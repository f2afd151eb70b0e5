// A producer as the client has it: what is sent goes out by itself, partition by partition, and what goes wrong with it shows at
// the next call. Calls are bounded; one whose time is over goes on, and the same call made again waits for it.

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
import { inTime } from './in-time.js';
import { KnownTopics } from './known-topics.js';
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
  /** A call whose time was over, and what it was. */
  #underWay: UnderWay | undefined;
  #isClosed = false;

  constructor(options: ProducerOptions, setup: ClientSetup) {
    this.#setup = setup;
    this.#transactionalId = options.kind === 'transactional' ? options.transactionalId : undefined;
    this.#requests = new ProducerRequests(setup, this.#transactionalId, (error) => this.#calls.fail(error));
    this.#topics = new KnownTopics(setup);
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
      this.#calls.require('connected');
      await this.#requests.init();
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
    const untilMs = this.#setup.kernel.nowMs + timeoutMs;
    return this.#watched(() => this.#whole('send offsets', guard, () => this.#sendOffsets(offsets, consumer, untilMs)));
  }

  commit(timeoutMs: number, guard: Guard): Promise<void> {
    const run = async (time: CallTime): Promise<void> => {
      this.#calls.require('open', 'committing');
      this.#calls.enter('committing');
      await this.#sending;
      this.#calls.require('committing');
      // The coordinator is asked by a call that has waited until then: one whose time was over before has to be made again.
      if (time.isOver) this.#underWay = { call: 'commit', done: undefined, time };
      else await this.#end(this.#requests.commit());
    };
    return this.#watched(() => this.#resumable('commit', timeoutMs, run, guard));
  }

  abort(timeoutMs: number): Promise<void> {
    const run = async (): Promise<void> => {
      await this.#sending;
      this.#calls.require('open', 'to-be-aborted');
      this.#calls.enter('aborting');
      await this.#end(this.#requests.abort());
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
      .then(() => this.#requests.deliver(records, delivery))
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

  /** Runs a call that keeps no result for later: it takes until its last request is answered, also where its time is over. */
  async #whole(call: string, guard: Guard, run: () => Promise<void>): Promise<void> {
    if (this.#isClosed) throw closed();
    guard();
    if (this.#underWay) throw new KafkaError('_CONFLICT', `${this.#underWay.call} is under way`, { retriable: true });
    const done = run();
    this.#underWay = { call, done, time: { isOver: false } };
    await done.finally(() => (this.#underWay = undefined));
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

  /** Index of the first record for a partition that is not known of. Of a topic that is not there nothing is known. */
  #firstUnknown({ topics, columns, length }: OutputBatch): number {
    for (let i = 0; i < length; i++) {
      const partitions = this.#topics.partitionsOf(topics[columns.topic[i] as number] as string);
      if (partitions > 0 && (columns.partition[i] as number) >= partitions) return i;
    }
    return length;
  }

  #bounded(call: string, timeoutMs: number, done: Promise<void>): Promise<void> {
    const { kernel, process } = this.#setup;
    return inTime(timeoutMs, done, { kernel, process, call });
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

/** What the group's coordinator says of the member whose offsets these are. */
const aboutMember: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
]);
function isOutOfTime(error: unknown): boolean {
  return error instanceof KafkaError && error.code === '_TIMED_OUT';
}

function state(message: string): KafkaError {
  return new KafkaError('_STATE', message, { fatal: true });
}

function unknownPartition(): KafkaError {
  return new KafkaError('_UNKNOWN_PARTITION', 'produce: its topic has no such partition');
}

function closed(): KafkaError {
  return new KafkaError('_DESTROY', 'the producer is closed', { fatal: true });
}

// One producer of the client behind the port. Owns its connection and knows which call is under way: a disconnect during
// a call is a use after free in the client, so `close` waits for it (E8).

import type { GroupOffset, TopicPartition } from '../../core/ids.js';
import {
  type Consumer,
  DeliveryError,
  type Guard,
  KafkaError,
  type Producer,
  type ProducerOptions,
} from '../../ports/kafka.js';
import type { OutputBatch } from '../../ports/output-batch.js';
import { ConfluentConsumer } from './consumer.js';
import { CountedDelivery, closedError, type Delivery, ReportedDelivery } from './delivery.js';
import { call, toKafkaError } from './kafka-error.js';
import { FastOutlet } from './native/fast-outlet.js';
import {
  attached,
  type ClientHandle,
  type ClientMark,
  lane,
  laneConfig,
  markOfLatest,
  type NativeLane,
} from './native/lane.js';
import { type Outlet, SlowOutlet } from './outlet.js';
import { type Callback, type RawConfig, type RawProducer, rawModule } from './raw-client.js';
import { type ClientSettings, producerConfig } from './settings.js';
import type { ThreadGate } from './threads.js';

export interface ProducerSetup {
  readonly settings: ClientSettings;
  readonly gate: ThreadGate;
  readonly transactionTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

export async function openProducer(options: ProducerOptions, setup: ProducerSetup): Promise<Producer> {
  const config = producerConfig(setup.settings, options.clientId);
  if (options.kind === 'transactional') {
    config['transactional.id'] = options.transactionalId;
    config['transaction.timeout.ms'] = setup.transactionTimeoutMs;
    return connected(new TransactionalProducer(config, setup), setup);
  }
  return connected(new IdempotentProducer(config, setup), setup);
}

async function connected<P extends ConfluentProducer>(producer: P, setup: ProducerSetup): Promise<P> {
  // Where that fails, the client has disconnected itself, and does not bear to be told so again.
  await producer.connect(setup.connectTimeoutMs);
  return producer;
}

/** What both kinds share: connecting, handing records to the client, and never disconnecting under a call. */
abstract class ConfluentProducer implements Producer {
  protected readonly raw: RawProducer;
  /** Where the fast lane is taken, once it is connected. */
  protected fast: { readonly native: NativeLane; readonly client: ClientHandle } | undefined;
  readonly #mark: ClientMark;
  readonly #gate: ThreadGate;
  #outlet: Outlet;
  #underWay: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  /** A connection or a call has failed. */
  protected hasFailed = false;

  constructor(config: RawConfig, setup: ProducerSetup) {
    this.raw = new (rawModule().Producer)({ ...config, ...laneConfig(lane()) });
    this.#mark = markOfLatest(lane());
    this.#outlet = new SlowOutlet(this.raw);
    // Without a listener these would be lost; no rule depends on them, what a call returns decides.
    this.raw.on('event.error', () => {});
    // From the beginning, also before `init`: from the third time within 30 s the client says nothing of the same failure.
    this.raw.on('event.log', ({ fac, message }) => {
      if (fac === 'REQTMOUT' || (fac === 'FAIL' && !beforeRequests.test(message))) this.hasFailed = true;
    });
    this.#gate = setup.gate;
  }

  async connect(timeoutMs: number): Promise<void> {
    await this.blocking('connect', (callback) => this.raw.connect({ allTopics: false, timeout: timeoutMs }, callback));
    const taken = lane();
    if (taken.kind === 'slow') return;
    this.fast = { native: taken.native, client: attached(taken.native, this.#mark, false) };
    this.#outlet = new FastOutlet(taken.native, this.fast.client);
  }

  get isTainted(): boolean {
    return this.hasFailed;
  }

  /**
   * Where a transaction has ended, nothing of it is under way: a request that has no answer by then has lost it (E7). The fast
   * lane counts them; in the slow one the log tells of connections that were lost, some time later.
   */
  protected async settled(calling: Promise<void>): Promise<void> {
    await calling;
    if (this.fast && this.fast.native.state(this.fast.client).unanswered > 0) this.hasFailed = true;
  }

  abstract init(timeoutMs: number): Promise<void>;
  abstract begin(): Promise<void>;
  abstract send(outputs: OutputBatch): Promise<void>;
  abstract sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    consumer: Consumer,
    timeoutMs: number,
    guard: Guard,
  ): Promise<void>;
  abstract commit(timeoutMs: number, guard: Guard): Promise<void>;
  abstract abort(timeoutMs: number): Promise<void>;
  abstract deliver(outputs: OutputBatch, timeoutMs: number): Promise<void>;

  close(): Promise<void> {
    this.#closed ??= this.#underWay
      .catch(() => {})
      .then(() => {
        this.#outlet.close();
        return new Promise((resolve) => this.raw.disconnect(0, () => resolve()));
      });
    return this.#closed;
  }

  /** A call that holds a thread of libuv's pool (E14). */
  protected async blocking(doing: string, start: (callback: Callback<unknown>) => void): Promise<void> {
    await this.gated(() => call<unknown>(doing, start));
  }

  protected gated<T>(run: () => Promise<T>): Promise<T> {
    // Whoever was closed while it waited for a thread starts nothing: a late init would fence its successor (E2).
    return this.tracked(() => this.#gate.run(() => (this.#closed ? Promise.reject(closedError()) : run())));
  }

  protected tracked<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closedError());
    const running = run();
    this.#underWay = running;
    return running;
  }

  /** Queues all records; where the client's queue is full, waits for room. */
  protected async enqueue(outputs: OutputBatch, delivery?: Delivery): Promise<void> {
    for (let at = 0; ; ) {
      const { to, refusal } = this.#outlet.queue(outputs, at, delivery);
      delivery?.expect(to - at);
      if (refusal) throw refusal;
      if (to === outputs.length) return;
      at = to;
      this.raw.poll();
      await new Promise((resolve) => setTimeout(resolve, queueFullWaitMs));
      // Whoever closed the producer meanwhile may be writing the next batch over these bytes.
      if (this.#closed) throw new KafkaError('_DESTROY', 'produce: the producer was closed', { fatal: true });
    }
  }
}

class TransactionalProducer extends ConfluentProducer {
  init(timeoutMs: number): Promise<void> {
    // Made again as often as a new broker needs it: one that comes late fences its own sender, and tears nothing (E9).
    return this.settled(this.blocking('init', (callback) => this.raw.initTransactions(timeoutMs, callback)));
  }

  begin(): Promise<void> {
    return this.#watched(this.blocking('begin', (callback) => this.raw.beginTransaction(callback)));
  }

  send(outputs: OutputBatch): Promise<void> {
    return this.#watched(this.tracked(() => this.enqueue(outputs)));
  }

  sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    consumer: Consumer,
    timeoutMs: number,
    guard: Guard,
  ): Promise<void> {
    if (!(consumer instanceof ConfluentConsumer)) throw new TypeError('a consumer of this adapter is needed');
    const sending = this.gated(async () => {
      guard();
      await consumer.lend('send offsets', ({ raw, handle }) =>
        this.fast && handle
          ? sendFast(this.fast, handle, offsets, timeoutMs)
          : call('send offsets', (callback) => this.raw.sendOffsetsToTransaction(offsets, raw, timeoutMs, callback)),
      );
    });
    return this.#watched(sending);
  }

  commit(timeoutMs: number, guard: Guard): Promise<void> {
    const committing = this.gated(async () => {
      guard();
      await call<unknown>('commit', (callback) => this.raw.commitTransaction(timeoutMs, callback));
    });
    return this.#watched(this.settled(committing));
  }

  async abort(timeoutMs: number): Promise<void> {
    // An abort right after the first produce can meet a request that still adds partitions, and fail fatally (E11). What
    // the flush finds out does not matter: everything it sends is about to be aborted.
    await this.#watched(this.blocking('flush', (callback) => this.raw.flush(timeoutMs, callback))).catch(() => {});
    const aborting = this.blocking('abort', (callback) => this.raw.abortTransaction(timeoutMs, callback));
    await this.#watched(this.settled(aborting));
  }

  /**
   * E7: a call that is made again may still have its first request on its way; and after a refused record the client counts
   * its sequence anew while it aborts, and its next transactions fail with _STATE or OUT_OF_ORDER_SEQUENCE_NUMBER.
   */
  async #watched(calling: Promise<void>): Promise<void> {
    try {
      await calling;
    } catch (error) {
      if (error instanceof KafkaError && !aboutMember.has(error.code)) this.hasFailed = true;
      throw error;
    }
  }

  deliver(): Promise<void> {
    return Promise.reject(
      new KafkaError('_STATE', 'a transactional producer sends in transactions only', { fatal: true }),
    );
  }
}

/** Outside transactions only a report for each record shows that a broker refused one: without it, it vanishes silently. */
class IdempotentProducer extends ConfluentProducer {
  #delivery: Delivery | undefined;
  /** Records of earlier deliveries without an answer, where the client counts them. */
  #counted: CountedDelivery | undefined;

  constructor(config: RawConfig, setup: ProducerSetup) {
    const isReported = lane().kind === 'slow';
    super({ ...config, ...(isReported ? ReportedDelivery.config : {}) }, setup);
    // Reports are served when the client is polled.
    if (isReported) this.raw.setPollInterval(5);
  }

  init(): Promise<void> {
    return Promise.resolve(); // Nothing is fenced outside transactions.
  }

  deliver(outputs: OutputBatch, timeoutMs: number): Promise<void> {
    return this.tracked(async () => {
      const delivery = this.#begin();
      this.#delivery = delivery;
      try {
        await this.#deliverAll(outputs, delivery, timeoutMs);
      } catch (error) {
        throw error instanceof KafkaError ? new DeliveryError(error, delivery.acknowledged) : error;
      }
    });
  }

  override async close(): Promise<void> {
    await super.close();
    this.#delivery?.closed();
  }

  #begin(): Delivery {
    if (!this.fast) return new ReportedDelivery();
    this.#counted = new CountedDelivery(this.fast.native, this.fast.client, this.#counted?.left ?? 0);
    return this.#counted;
  }

  async #deliverAll(outputs: OutputBatch, delivery: Delivery, timeoutMs: number): Promise<void> {
    try {
      await this.enqueue(outputs, delivery);
    } catch (error) {
      await this.#flush(timeoutMs);
      // Reports can be heard behind the flush that they belong to: until then too few count as acknowledged.
      await delivery.done();
      throw error;
    }
    await this.#flush(timeoutMs);
    await delivery.done();
  }

  #flush(timeoutMs: number): Promise<void> {
    return this.blocking('flush', (callback) => this.raw.flush(timeoutMs, callback));
  }

  begin(): Promise<void> {
    return this.#none();
  }
  send(): Promise<void> {
    return this.#none();
  }
  sendOffsets(): Promise<void> {
    return this.#none();
  }
  commit(): Promise<void> {
    return this.#none();
  }
  abort(): Promise<void> {
    return this.#none();
  }

  #none(): Promise<void> {
    return Promise.reject(new KafkaError('_STATE', 'an idempotent producer has no transactions', { fatal: true }));
  }
}

async function sendFast(
  { native, client }: { readonly native: NativeLane; readonly client: ClientHandle },
  consumer: ClientHandle,
  offsets: readonly (TopicPartition & GroupOffset)[],
  timeoutMs: number,
): Promise<void> {
  const failure = await native.sendOffsets(client, consumer, offsets, timeoutMs);
  if (failure) throw toKafkaError(failure, 'send offsets');
}

/** A connection that failed in one of these states has carried nothing that could come late: `localhost` tried as `::1`, say. */
const beforeRequests = /in state (?:INIT|DOWN|TRY_CONNECT|CONNECT|SSL_HANDSHAKE|APIVERSION_QUERY|AUTH\w*)\)/;
/** What the group's coordinator says of the member whose offsets these are: nothing is wrong with the producer. */
const aboutMember: ReadonlySet<string> = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_MEMBER_EPOCH',
  'STALE_MEMBER_EPOCH',
]);
/** Time for the client to send some of what its queue is full of. */
const queueFullWaitMs = 2;

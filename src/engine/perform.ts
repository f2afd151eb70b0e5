// How each effect is done: one short function per effect. What is done when stands in core/task/table. Owns the task's
// producer; every failure goes through classify and comes back to the task as an event.

import type { Limits } from '../core/defaults.js';
import type { GroupOffset, TopicPartition, TransactionalId } from '../core/ids.js';
import { type OffsetOrigin, offsetMetadata, originIn } from '../core/offset-origin.js';
import type { TaskEffect, TaskEffectKind } from '../core/task/effect.js';
import type { TaskEvent } from '../core/task/event.js';
import type { Guarantee, Start } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import { type Consumer, endOf, type Kafka, KafkaError, type OffsetRange, type Producer } from '../ports/kafka.js';
import type { BatchTrace, Tracing } from '../ports/tracing.js';
import { BatchAccount } from './batch-account.js';
import { Calls } from './calls.js';
import { classify, isAboutSize } from './classify.js';
import type { Crash } from './crash-point.js';
import type { Fact, FactOfTask } from './facts.js';
import { asError, OwnershipLost } from './failures.js';
import { FencingAlarm } from './fencing-alarm.js';
import { type Handled, type HandlerSetup, type Handling, handleBatch } from './handle-batch.js';
import type { Failed } from './handler-calls.js';
import type { Task } from './task.js';
import { type Attempts, noneTreated } from './treatment.js';

export interface PerformSetup {
  readonly kafka: Kafka;
  readonly consumer: Consumer;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly guarantee: Guarantee;
  readonly start: Start;
  readonly groupId: string;
  readonly clientId: string;
  readonly transactionalId: TransactionalId;
  readonly handlers: HandlerSetup;
  readonly tracing: Tracing | undefined;
  readonly offsetOrigin: OffsetOrigin;
  /** Makes the reader deliver the task's partition from this position (E3). */
  readonly readFrom: (task: Task, position: number) => void;
  /** Takes note of a producer that is closing: the process waits for it, as long as it may. */
  readonly closing: (closed: Promise<void>) => void;
  readonly endProcessor: (error: Error) => void;
  readonly emitFact: (fact: Fact) => void;
  /** Only where a test has set a crash point. */
  readonly crash: Crash | undefined;
}

export class Performer {
  readonly #task: Task;
  readonly #setup: PerformSetup;
  readonly #calls: Calls;
  readonly #account: BatchAccount;
  readonly #fencingAlarm: FencingAlarm;
  readonly #attempts: Attempts = { offset: -1, failed: 0 };
  #producer: Producer | undefined;
  /** Aborted when the handlers' run is over. */
  #handling = new AbortController();
  /** Why the processor ends. */
  #error: Error | undefined;
  /** What a record failed by that the broker has refused (E21). */
  #poison: Failed | undefined;
  #openedMs: number;
  /** Whether the coordinator may know nothing of the transaction that is aborted. */
  #mayNotHaveBegun = false;
  /** When the group last took offsets of this member. */
  #memberMs: number;

  constructor(task: Task, setup: PerformSetup) {
    this.#task = task;
    this.#setup = setup;
    this.#openedMs = setup.clock.monotonicMs();
    this.#memberMs = this.#openedMs;
    this.#calls = new Calls(setup.clock, setup.limits);
    this.#account = new BatchAccount(task, setup.clock, (fact) => this.#fact(fact));
    this.#fencingAlarm = new FencingAlarm(setup);
  }

  /** Performs effects one after another; the first failure, or what the last one gives, is the task's next event. */
  async perform(effects: readonly TaskEffect[]): Promise<void> {
    const { crash } = this.#setup;
    let during: TaskEffectKind = 'drop';
    try {
      let event: TaskEvent | undefined;
      for (const effect of effects) {
        during = effect.do;
        if (!allowedAfterLoss.has(during)) this.#requireOwnership();
        crash?.('before', during);
        // Effects that need no waiting take none: the task's next move sees them done.
        const done = this.#do(effect);
        crash?.('during', during);
        event = done instanceof Promise ? await done : done;
        crash?.('after', during);
      }
      if (event) this.#task.dispatch(event);
    } catch (error) {
      this.#task.dispatch(this.#failed(asError(error), during));
    }
  }

  /** Ends the processor for a reason that was found outside of any effect (E20). */
  fail(error: Error): void {
    this.#error = error;
    this.#task.dispatch({ kind: 'failed', failure: 'fatal' });
  }

  #failed(error: Error, during: TaskEffectKind): TaskEvent {
    this.#account.failed(error);
    const failure = classify(error, during);
    if (failure === 'refused') return this.#refused(error);
    if (failure === 'fatal') this.#error = error;
    if (
      error instanceof KafkaError &&
      error.code === 'INVALID_TXN_STATE' &&
      !(during === 'abort' && this.#mayNotHaveBegun)
    )
      this.#fact({ fact: 'integrity-alarm', call: during, error });
    if (failure !== 'lost') this.#fact({ fact: 'call-failed', call: during, failure, error });
    const alarm = this.#fencingAlarm.heard(error);
    if (alarm) this.#fact({ fact: 'fencing-alarm', error: alarm });
    return { kind: 'failed', failure };
  }

  #refused(error: Error): TaskEvent {
    const { batch, state, partition } = this.#task;
    // The task has ended while the call was under way: what became of it concerns nobody any more.
    if (batch === undefined || state.kind !== 'committing') return { kind: 'failed', failure: 'lost' };
    const { processor } = this.#setup.handlers;
    const records = batch.recordsBefore(state.span.end);
    this.#fact({ fact: 'batch-refused', records, error });
    const poison = state.division?.poison;
    const isTooLarge = isAboutSize(error);
    // Why the record was refused stays the reason of its dead letter, also of one that is cut down.
    const before = isTooLarge ? this.#failureBefore(state.span.first) : undefined;
    if (poison === undefined) this.#poison = before ?? { part: 'encode', error };
    else if (poison === 'cut' || !isTooLarge)
      this.#error = new ProcessorError(
        'PRC_DEAD_LETTER_REFUSED',
        { ...partition, processor, offset: state.span.first, reason: error.message },
        { cause: error },
      );
    return { kind: 'refused', records, isTooLarge };
  }

  /** What a record failed by before the broker was asked: then it is its dead letter that is too large. */
  #failureBefore(offset: number): Failed | undefined {
    const { lastLetter } = this.#task.outputs;
    return lastLetter?.offset === offset
      ? { part: lastLetter.letter.failed, error: lastLetter.letter.error }
      : undefined;
  }

  #do(effect: TaskEffect): TaskEvent | undefined | Promise<TaskEvent | undefined> {
    switch (effect.do) {
      case 'open-producer':
        return this.#openProducer();
      case 'init':
        return this.#init();
      case 'hear-group':
        return this.#hearGroup();
      case 'fetch-offset':
        return this.#fetchOffset();
      case 'read-from':
        return this.#readFrom(effect.position);
      case 'handle':
        return this.#handle(effect);
      case 'renew-producer':
        return this.#renewProducer();
      case 'begin':
        this.#fencingAlarm.begun();
        return this.#calls.once(this.#usable.begin()).then(nothing);
      case 'send':
        return this.#send();
      case 'send-offsets':
        return this.#sendOffsets(effect.offset);
      case 'commit':
        return this.#commit();
      case 'deliver':
        return this.#deliver();
      case 'commit-offset':
        return this.#commitOffset(effect.offset);
      case 'settle':
        return this.#settled();
      case 'abort':
        return this.#abort();
      case 'wait':
        return this.#calls.pause(effect.ms).then(() => ({ kind: 'waited' }));
      case 'drop':
        return this.#drop();
      case 'arm-deadline':
        return this.#armDeadline();
      case 'close':
        return this.#close();
      case 'end-processor':
        return this.#endProcessor();
    }
  }

  async #openProducer(): Promise<undefined> {
    const { kafka, guarantee, transactionalId, clientId } = this.#setup;
    if (this.#producer) {
      this.#fact({ fact: 'producer-replaced' });
      this.#park();
    }
    this.#producer = await kafka.openProducer(
      guarantee === 'exactly-once'
        ? { kind: 'transactional', transactionalId, clientId }
        : { kind: 'idempotent', clientId },
    );
    // The partition may have been taken while it connected: nobody else would close it then.
    if (!this.#task.isOpen) this.#park();
  }

  async #init(): Promise<undefined> {
    await this.#resumed('init', (timeoutMs) => this.#usable.init(timeoutMs));
  }

  async #renewProducer(): Promise<undefined> {
    // What the client has to say about a connection can come two turns after the call that it failed under (E7).
    await this.#setup.clock.turn();
    await this.#setup.clock.turn();
    this.#requireOwnership();
    if (!this.#usable.isTainted) return;
    // Whoever was cut off for long enough to be replaced must not fence its successor (E9).
    if (this.#setup.clock.monotonicMs() - this.#memberMs > this.#setup.limits.memberMs) await this.#hearGroup();
    await this.#openProducer();
    await this.#init();
  }

  async #hearGroup(): Promise<undefined> {
    await this.#setup.consumer.hearGroup();
    this.#requireOwnership();
  }

  async #fetchOffset(): Promise<TaskEvent> {
    const { consumer, clock, limits, start, groupId } = this.#setup;
    const { partition } = this.#task;
    const known = await this.#resumed('fetch-offset', (timeoutMs) => consumer.committed(partition, timeoutMs));
    this.#requireSameOrigin(known?.metadata ?? '');
    const committed = known?.offset;
    let range = await this.#offsetRange();
    if (committed === undefined) {
      if (start === 'refuse') throw new ProcessorError('PRC_NO_COMMITTED_OFFSET', { ...partition, group: groupId });
      if (start === 'earliest') return { kind: 'opened', position: range.low };
      return { kind: 'opened', position: endOf(range), isNew: true };
    }
    // A leader that has just taken over may not know yet how far its followers are: its stable offset catches up.
    const deadline = clock.monotonicMs() + limits.transactionTimeoutMs;
    while (committed > endOf(range) && clock.monotonicMs() < deadline) {
      await this.#calls.pause(200);
      this.#requireOwnership();
      range = await this.#offsetRange();
    }
    if (committed < range.low || committed > endOf(range))
      throw new ProcessorError('PRC_OFFSET_OUT_OF_RANGE', {
        ...partition,
        offset: committed,
        low: range.low,
        high: endOf(range),
      });
    this.#account.found(this.#task.state, committed);
    return { kind: 'opened', position: committed };
  }

  /**
   * E16: an offset that says how far another arrangement of sources and stores has got, or counts the records of a topic that
   * is gone, is no place to go on from.
   */
  #requireSameOrigin(metadata: string): void {
    const { offsetOrigin: own, handlers, groupId } = this.#setup;
    const { partition } = this.#task;
    const { processor } = handlers;
    const found = originIn(metadata);
    if (found === undefined) return;
    const isKnown = found.topicId !== undefined && own.topicId !== undefined;
    if (isKnown && found.topicId !== own.topicId)
      throw new ProcessorError('PRC_TOPICS_REPLACED', { processor, topics: partition.topic });
    if (found.topologyHash !== own.topologyHash)
      throw new ProcessorError('PRC_TOPOLOGY_CHANGED', {
        ...partition,
        processor,
        group: groupId,
        found: found.topologyHash,
        own: own.topologyHash,
      });
  }

  async #offsetRange(): Promise<OffsetRange> {
    const [range] = await this.#setup.kafka.offsetRanges([this.#task.partition]);
    if (range === undefined) throw new KafkaError('_BAD_MSG', 'no offsets of the partition', { retriable: true });
    return range;
  }

  #readFrom(position: number): undefined {
    const { clock, readFrom } = this.#setup;
    readFrom(this.#task, position);
    this.#fact({ fact: 'task-opened', position, ms: clock.monotonicMs() - this.#openedMs });
  }

  async #handle({ first, recordsMax, poison }: Extract<TaskEffect, { readonly do: 'handle' }>): Promise<TaskEvent> {
    const { handlers, guarantee, clock } = this.#setup;
    const { batch, outputs } = this.#task;
    if (batch === undefined) throw new Error('there is no batch to handle');
    const trace = this.#startTrace();
    this.#account.started(trace);
    this.#handling = new AbortController();
    batch.dropBefore(first);
    batch.startedMs = clock.monotonicMs();
    outputs.batch.clear();
    outputs.carried = trace?.headers;
    const treated = noneTreated();
    // A claimed batch is what was claimed; a batch handler has been given all there was.
    const grows = guarantee !== 'at-most-once' && handlers.handler.per === 'record' && recordsMax === undefined;
    const handling: Handling = {
      batch,
      outputs,
      attempts: this.#attempts,
      treated,
      tell: (fact) => this.#fact(fact),
      trace,
      recordsMax: recordsMax ?? Number.POSITIVE_INFINITY,
      poison: poison && this.#poison ? { extent: poison, ...this.#poison } : undefined,
      isCurrent: () => this.#task.isOpen,
      over: this.#handling,
      extend: async () => {
        if (!grows) return false;
        await clock.turn();
        this.#requireOwnership();
        return this.#task.extend();
      },
    };
    const handle = (): Promise<Handled> => handleBatch(handlers, handling);
    const handled = await (trace ? trace.run(handle) : handle());
    this.#account.handled(treated);
    if (handled.end === first) this.#account.postponed();
    return { kind: 'handled', ...handled };
  }

  #startTrace(): BatchTrace | undefined {
    const { tracing, groupId, clientId } = this.#setup;
    return tracing?.begin({
      ...this.#task.partition,
      groupId,
      clientId,
      transactionalId: this.#task.about.transactionalId,
    });
  }

  async #send(): Promise<undefined> {
    const { batch } = this.#task.outputs;
    if (batch.length > 0) await this.#calls.once(this.#usable.send(batch));
  }

  async #sendOffsets(offset: number): Promise<undefined> {
    const { consumer } = this.#setup;
    const offsets = [this.#groupOffset(offset)];
    await this.#resumed('send-offsets', (timeoutMs) =>
      this.#usable.sendOffsets(offsets, consumer, timeoutMs, this.#guard),
    );
    this.#memberMs = this.#setup.clock.monotonicMs();
  }

  async #commit(): Promise<TaskEvent> {
    await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));
    return this.#settled();
  }

  async #deliver(): Promise<undefined> {
    const { batch } = this.#task.outputs;
    if (batch.length > 0) await this.#calls.once(this.#usable.deliver(batch, this.#setup.limits.transactionTimeoutMs));
  }

  async #commitOffset(offset: number): Promise<undefined> {
    await this.#calls.once(this.#setup.consumer.commit(this.#groupOffset(offset)));
  }

  #groupOffset(offset: number): TopicPartition & GroupOffset {
    return { ...this.#task.partition, offset, metadata: offsetMetadata(this.#setup.offsetOrigin) };
  }

  #settled(): TaskEvent {
    this.#account.committed(this.#task.state);
    return { kind: 'committed' };
  }

  async #abort(): Promise<TaskEvent> {
    // Where the request was lost that would have begun the transaction, its abort finds none (E7): that is no alarm.
    await this.#setup.clock.turn();
    await this.#setup.clock.turn();
    this.#mayNotHaveBegun = this.#producer?.isTainted ?? false;
    await this.#resumed('abort', (timeoutMs) => this.#usable.abort(timeoutMs));
    const { state } = this.#task;
    // What failed before the abort is not held against the replay, unless the replay is sure to come to the same (E21).
    if (state.kind !== 'aborting' || !state.isRefused) this.#attempts.failed = 0;
    this.#account.aborted();
    return { kind: 'aborted' };
  }

  #drop(): undefined {
    const { queue, outputs, state } = this.#task;
    this.#account.givenUp(state);
    this.#handling.abort();
    this.#task.batch = undefined;
    queue.clear();
    outputs.batch.clear();
  }

  #armDeadline(): undefined {
    this.#setup.clock.timer(this.#task.finishTimeoutMs, () => this.#task.dispatch({ kind: 'deadline' }));
  }

  #close(): undefined {
    this.#park();
    this.#fact({ fact: 'task-closed' });
  }

  #endProcessor(): undefined {
    this.#park();
    this.#setup.endProcessor(this.#error ?? new Error('a task failed without a reason'));
  }

  /** Never calls the producer again; it is disconnected when the call that may be under way has returned (E8). */
  #park(): void {
    if (this.#producer) this.#setup.closing(this.#producer.close());
    this.#producer = undefined;
  }

  get #usable(): Producer {
    if (this.#producer === undefined) throw new OwnershipLost('the producer was given up');
    return this.#producer;
  }

  /** E4: read at the last possible moment, by the adapter, when the call has its thread. */
  readonly #guard = (): void => this.#requireOwnership();

  #requireOwnership(): void {
    if (!this.#task.isOpen) throw new OwnershipLost('the partition belongs to somebody else');
  }

  #resumed<T>(call: TaskEffectKind, make: (timeoutMs: number) => Promise<T>): Promise<T> {
    return this.#calls.resumed(make, (error) => this.#fact({ fact: 'call-repeated', call, error }));
  }

  #fact(fact: FactOfTask): void {
    this.#setup.emitFact({ ...fact, ...this.#task.about });
  }
}

/** What ends a task may be done when its partition is gone; everything else must not (E4, E5). */
const allowedAfterLoss: ReadonlySet<TaskEffectKind> = new Set([
  'abort',
  'drop',
  'close',
  'end-processor',
  'arm-deadline',
  'wait',
]);

function nothing(): undefined {}

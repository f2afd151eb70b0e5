// How each effect is done: one short function per effect. What is done when stands in core/task/table. Owns the task's
// producer and outputs; every failure goes through classify and comes back to the task as an event.

import type { Limits } from '../core/defaults.js';
import type { TransactionalId } from '../core/ids.js';
import { backoffMs } from '../core/retry.js';
import type { TaskEffect, TaskEffectKind } from '../core/task/effect.js';
import type { TaskEvent } from '../core/task/event.js';
import type { Guarantee, Start } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import { type Consumer, type Kafka, KafkaError, type OffsetRange, type Producer } from '../ports/kafka.js';
import { classify } from './classify.js';
import type { Fact } from './facts.js';
import { asError, DeadlinePassed, OwnershipLost } from './failures.js';
import { type Attempts, type HandlerSetup, handleBatch } from './handle-batch.js';
import type { OutputTopic } from './outputs.js';
import { Outputs } from './outputs.js';
import type { Task } from './task.js';

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
  readonly sinks: readonly OutputTopic[];
  readonly deadLetterTopics: readonly string[];
  readonly partitionCounts: ReadonlyMap<string, number>;
  /** Makes the reader deliver the task's partition from this position (E3). */
  readonly readFrom: (task: Task, position: number) => void;
  /** Takes note of a producer that is closing: the process waits for it, as long as it may. */
  readonly closing: (closed: Promise<void>) => void;
  readonly endProcessor: (error: Error) => void;
  readonly emitFact: (fact: Fact) => void;
}

export class Performer {
  readonly #task: Task;
  readonly #setup: PerformSetup;
  readonly #outputs: Outputs;
  readonly #attempts: Attempts = { offset: -1, failed: 0 };
  #producer: Producer | undefined;
  /** Aborted when the handlers' run is over. */
  #handling = new AbortController();
  #error: Error | undefined;
  #openedMs: number;
  #handledMs = 0;
  #handleMs = 0;

  constructor(task: Task, setup: PerformSetup) {
    this.#task = task;
    this.#setup = setup;
    this.#openedMs = setup.clock.monotonicMs();
    this.#outputs = new Outputs(setup.sinks, setup.deadLetterTopics, setup.partitionCounts);
  }

  /** Performs effects one after another; the first failure, or what the last one gives, is the task's next event. */
  async perform(effects: readonly TaskEffect[]): Promise<void> {
    let during: TaskEffectKind = 'drop';
    try {
      let event: TaskEvent | undefined;
      for (const effect of effects) {
        during = effect.do;
        if (!allowedAfterLoss.has(during)) this.#requireOwnership();
        // Effects that need no waiting take none: the task's next move sees them done.
        const done = this.#do(effect);
        event = done instanceof Promise ? await done : done;
      }
      if (event) this.#task.dispatch(event);
    } catch (error) {
      const failure = classify(error, during);
      if (failure === 'fatal') this.#error = asError(error);
      if (failure !== 'lost') this.#fact({ fact: 'call-failed', call: during, failure, error: asError(error) });
      this.#task.dispatch({ kind: 'failed', failure });
    }
  }

  /** Ends the processor for a reason that was found outside of any effect (E20). */
  fail(error: Error): void {
    this.#error = error;
    this.#task.dispatch({ kind: 'failed', failure: 'fatal' });
  }

  #do(effect: TaskEffect): TaskEvent | undefined | Promise<TaskEvent | undefined> {
    switch (effect.do) {
      case 'open-producer':
        return this.#openProducer();
      case 'init':
        return this.#init();
      case 'fetch-offset':
        return this.#fetchOffset();
      case 'read-from':
        return this.#readFrom(effect.position);
      case 'handle':
        return this.#handle(effect.first);
      case 'begin':
        return this.#begin();
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
        return this.#wait(effect.ms);
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

  async #fetchOffset(): Promise<TaskEvent> {
    const { consumer, clock, limits, start, groupId } = this.#setup;
    const { partition } = this.#task;
    let committed: number | undefined;
    await this.#resumed('fetch-offset', async (timeoutMs) => {
      committed = await consumer.committed(partition, timeoutMs);
    });
    this.#tellOutcome(committed);
    let range = await this.#offsetRange();
    if (committed === undefined) {
      if (start === 'refuse') throw new ProcessorError('PRC_NO_COMMITTED_OFFSET', { ...partition, group: groupId });
      if (start === 'earliest') return { kind: 'opened', position: range.low };
      // "Latest" is written down: whoever opens the partition again before its first batch lasts must begin there too.
      await this.#commitStart(range.stable);
      return { kind: 'opened', position: range.stable };
    }
    // A leader that has just taken over may not know yet how far its followers are: its stable offset catches up.
    const deadline = clock.monotonicMs() + limits.transactionTimeoutMs;
    while (committed > range.stable && clock.monotonicMs() < deadline) {
      await this.#wait(200);
      this.#requireOwnership();
      range = await this.#offsetRange();
    }
    if (committed < range.low || committed > range.stable)
      throw new ProcessorError('PRC_OFFSET_OUT_OF_RANGE', {
        ...partition,
        offset: committed,
        low: range.low,
        high: range.stable,
      });
    return { kind: 'opened', position: committed };
  }

  async #commitStart(offset: number): Promise<void> {
    if (this.#setup.guarantee !== 'exactly-once') {
      await this.#commitOffset(offset);
      return;
    }
    await this.#begin();
    await this.#sendOffsets(offset);
    await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));
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

  async #handle(first: number): Promise<TaskEvent> {
    const { handlers, guarantee, clock } = this.#setup;
    const { batch } = this.#task;
    if (batch === undefined) throw new Error('there is no batch to handle');
    const startedMs = clock.monotonicMs();
    this.#handling = new AbortController();
    batch.dropBefore(first);
    batch.startedMs = startedMs;
    this.#outputs.batch.clear();
    // A claimed batch is what was claimed; a batch handler has been given all there was.
    const grows = guarantee !== 'at-most-once' && handlers.handler.per === 'record';
    const handled = await handleBatch(handlers, {
      batch,
      outputs: this.#outputs,
      attempts: this.#attempts,
      isCurrent: () => this.#task.isOpen,
      over: this.#handling,
      extend: async () => {
        if (!grows) return false;
        await clock.turn();
        this.#requireOwnership();
        return this.#task.extend(this.#outputs.batch.sink.position);
      },
    });
    this.#handledMs = clock.monotonicMs();
    this.#handleMs = this.#handledMs - startedMs;
    return { kind: 'handled', ...handled };
  }

  async #begin(): Promise<undefined> {
    await this.#usable.begin();
  }

  async #send(): Promise<undefined> {
    if (this.#outputs.batch.length > 0) await this.#usable.send(this.#outputs.batch);
  }

  async #sendOffsets(offset: number): Promise<undefined> {
    const { consumer } = this.#setup;
    const offsets = [{ ...this.#task.partition, offset }];
    await this.#resumed('send-offsets', (timeoutMs) =>
      this.#usable.sendOffsets(offsets, consumer, timeoutMs, this.#guard),
    );
  }

  async #commit(): Promise<TaskEvent> {
    await this.#resumed('commit', (timeoutMs) => this.#usable.commit(timeoutMs, this.#guard));
    return this.#settled();
  }

  async #deliver(): Promise<undefined> {
    const { transactionTimeoutMs } = this.#setup.limits;
    if (this.#outputs.batch.length === 0) return;
    await this.#bounded(this.#usable.deliver(this.#outputs.batch, transactionTimeoutMs), transactionTimeoutMs);
  }

  async #commitOffset(offset: number): Promise<undefined> {
    const { consumer, limits } = this.#setup;
    await this.#bounded(consumer.commit({ ...this.#task.partition, offset }), limits.transactionTimeoutMs);
  }

  #settled(): TaskEvent {
    const { state } = this.#task;
    if (state.kind === 'committing') this.#tellCommitted(state.span.end);
    return { kind: 'committed' };
  }

  /** E8: the committed offset says what became of a batch whose outcome was unknown. */
  #tellOutcome(committed: number | undefined): void {
    const { state, batch } = this.#task;
    if (state.kind !== 'recovering' || committed !== state.span.end || batch === undefined) return;
    if (this.#setup.guarantee === 'at-most-once')
      this.#fact({ fact: 'records-dropped', records: batch.settle(state.span.end) });
    else this.#tellCommitted(state.span.end);
  }

  #tellCommitted(end: number): void {
    const { batch } = this.#task;
    if (batch === undefined) return;
    const commitMs = this.#setup.clock.monotonicMs() - this.#handledMs;
    this.#fact({
      fact: 'batch-committed',
      records: batch.settle(end),
      outputs: this.#outputs.batch.length,
      end,
      handleMs: this.#handleMs,
      commitMs,
    });
  }

  async #abort(): Promise<TaskEvent> {
    await this.#resumed('abort', (timeoutMs) => this.#usable.abort(timeoutMs));
    // What failed before the abort is not held against the replay.
    this.#attempts.failed = 0;
    this.#fact({ fact: 'batch-aborted', reason: this.#task.isOpen ? 'a call failed' : 'the partition was lost' });
    return { kind: 'aborted' };
  }

  #wait(ms: number): Promise<TaskEvent> {
    return new Promise((resolve) => this.#setup.clock.timer(ms, () => resolve({ kind: 'waited' })));
  }

  #drop(): undefined {
    const { batch, queue, state } = this.#task;
    // A task that goes on from an older position reads them again.
    if (this.#setup.guarantee === 'at-most-once' && state.kind !== 'idle' && batch && batch.records > 0)
      this.#fact({ fact: 'records-dropped', records: batch.records });
    this.#handling.abort();
    this.#task.batch = undefined;
    queue.clear();
    this.#outputs.batch.clear();
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

  /** E8: calls with a short time limit each, made again while the client says that it may, up to the transaction's time. */
  async #resumed(doing: TaskEffectKind, call: (timeoutMs: number) => Promise<void>): Promise<void> {
    const { clock, limits } = this.#setup;
    const deadline = clock.monotonicMs() + limits.transactionTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      const leftMs = deadline - clock.monotonicMs();
      if (leftMs <= 0) throw new DeadlinePassed(`no success within ${limits.transactionTimeoutMs} ms`);
      try {
        await this.#bounded(call(limits.callTimeoutMs), leftMs);
        return;
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retriable) throw error;
        this.#fact({ fact: 'call-repeated', call: doing, error });
        await this.#wait(backoffMs(attempt, 10, 200));
      }
    }
  }

  /** A native call cannot be called back: when it takes longer, it is left alone (E8). */
  async #bounded<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.#setup.clock.timer(timeoutMs, () => reject(new DeadlinePassed(`no answer within ${timeoutMs} ms`)));
    });
    try {
      return await Promise.race([call, late]);
    } finally {
      cancel();
    }
  }

  #fact(fact: FactOfTask): void {
    const { handlers, emitFact } = this.#setup;
    emitFact({ ...fact, ...this.#task.partition, processor: handlers.processor });
  }
}

type FactOfTask = Fact extends infer F
  ? F extends { readonly partition: number }
    ? Omit<F, 'processor' | 'topic' | 'partition'>
    : never
  : never;

/** What ends a task may be done when its partition is gone; everything else must not (E4, E5). */
const allowedAfterLoss: ReadonlySet<TaskEffectKind> = new Set([
  'abort',
  'drop',
  'close',
  'end-processor',
  'arm-deadline',
  'wait',
]);

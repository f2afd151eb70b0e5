// Runs the author's handler over a batch and settles each failure by its policy. Nothing is sent here: outputs are held
// until all handlers are through (E6). Whatever waits, waits here or in the task, never inside a transaction (E19).

import { backoffMs } from '../core/retry.js';
import type { ErrorPolicies, FinalPolicy, RetryPolicy, SourceHandler } from '../core/topology.js';
import { deadLetterTopic } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import type { Fact, FailedPart } from './facts.js';
import { asError, OwnershipLost } from './failures.js';
import { BatchView, HandlerContext } from './handler-context.js';
import { InputRecord, type OpenedCodec } from './input-record.js';
import type { Origin, Outputs } from './outputs.js';
import type { Slice, TaskBatch } from './task-batch.js';

/** What the handlers of one subtopology need, for as long as it runs. */
export interface HandlerSetup {
  readonly namespace: string;
  readonly processor: string;
  readonly handler: SourceHandler;
  readonly onError: ErrorPolicies;
  readonly handlerTimeoutMs: number;
  readonly waitInBatchMsMax: number;
  /** A batch whose outputs grow beyond this is settled before its rest is handled. */
  readonly batchBytesMax: number;
  /** The same for its age, counted from when the first of its unsettled records was taken. */
  readonly batchAgeMsMax: number;
  readonly key: OpenedCodec;
  readonly value: OpenedCodec;
  /** The names by which handlers call the outputs, in the order of `Outputs`' topics. */
  readonly sinkNames: readonly string[];
  readonly clock: Clock;
  readonly emitFact: (fact: Fact) => void;
}

export interface Handling {
  readonly batch: TaskBatch;
  readonly outputs: Outputs;
  /** Failed attempts of the record that waits, over several runs. */
  readonly attempts: Attempts;
  /** Whether this run still counts: a task that was closed meanwhile sends nothing and starts nothing (E4). */
  readonly isCurrent: () => boolean;
  /** Fires when the run is over, by itself or because its batch was dropped: handlers that still run are cut off (E5). */
  readonly over: AbortController;
  /** Adds what has come meanwhile to the batch; false if nothing has, or the batch is full. */
  readonly extend: () => Promise<boolean>;
}

/** How many times the record at `offset` has failed so far. */
export interface Attempts {
  offset: number;
  failed: number;
}

export interface Handled {
  /** Everything before is handled. */
  readonly end: number;
  /** The rest, from the record at `end`, goes on after this time: that record failed, or the batch is full (0). */
  readonly waitMs?: number;
}

export async function handleBatch(setup: HandlerSetup, handling: Handling): Promise<Handled> {
  const run = new Run(setup, handling);
  try {
    return setup.handler.per === 'record' ? await run.records() : await run.whole();
  } finally {
    // Whatever a handler left running learns that its batch is over.
    handling.over.abort();
  }
}

class Run {
  readonly #setup: HandlerSetup;
  readonly #handling: Handling;
  /** What ends this run whatever the policies say: nothing that a handler throws can pass for it. */
  #end: Error | undefined;

  constructor(setup: HandlerSetup, handling: Handling) {
    this.#setup = setup;
    this.#handling = handling;
  }

  async records(): Promise<Handled> {
    const { batch, extend } = this.#handling;
    const { handle } = this.#setup.handler;
    for (let next = 0; ; ) {
      // All of them before the first handler: where the registry is away, nothing has run that would run again.
      for (const slice of batch.slices.slice(next)) await this.#loadSchemas(slice);
      for (; next < batch.slices.length; next++) {
        const slice = batch.slices[next] as Slice;
        for (let index = slice.from; index < slice.to; index++) {
          const origin = { batch: slice.batch, index };
          const attempt = this.#attempt(handle as Handler, origin);
          const failed = attempt instanceof Promise ? await attempt : attempt;
          if (failed) {
            const waitMs = await this.#applyPolicy(handle as Handler, origin, failed);
            if (waitMs !== undefined) return { end: offsetOf(origin), waitMs };
          }
          const rest = this.#mustSettle() ? batch.offsetAfter(next, index) : undefined;
          if (rest !== undefined) return { end: rest, waitMs: 0 };
        }
      }
      if (!(await extend())) return { end: batch.end };
    }
  }

  /** Treats a failed record by its policy, to its end; gives back the wait that is too long to be done here. */
  async #applyPolicy(handle: Handler, origin: Origin, first: Failed): Promise<number | undefined> {
    for (let failed: Failed | undefined = first; failed; failed = await this.#attempt(handle, origin)) {
      const decision = this.#decide(failed, offsetOf(origin));
      if (decision.kind === 'final') {
        this.#finish(decision.policy, failed, origin);
        return undefined;
      }
      if (decision.waitMs > this.#setup.waitInBatchMsMax) return decision.waitMs;
      await this.#sleep(decision.waitMs);
    }
    return undefined;
  }

  /** A batch that has grown too large or too old is settled before its rest is handled: slow handlers make progress, too. */
  #mustSettle(): boolean {
    const { batch, outputs } = this.#handling;
    const { clock, batchBytesMax, batchAgeMsMax } = this.#setup;
    return outputs.batch.sink.position > batchBytesMax || clock.monotonicMs() - batch.startedMs >= batchAgeMsMax;
  }

  /** A handler that takes the whole batch. One that fails for good is given halves, down to the record that it is about. */
  async whole(): Promise<Handled> {
    const { batch } = this.#handling;
    const origins: Origin[] = [];
    for (const slice of batch.slices) {
      await this.#loadSchemas(slice);
      for (let index = slice.from; index < slice.to; index++) origins.push({ batch: slice.batch, index });
    }
    const waitMs = await this.#wholeOf(origins, true);
    return waitMs === undefined ? { end: batch.end } : { end: batch.first, waitMs };
  }

  async #wholeOf(origins: readonly Origin[], mayRetry: boolean): Promise<number | undefined> {
    for (;;) {
      const failed = await this.#attemptAll(origins);
      if (failed === undefined) return undefined;
      const [origin] = failed.origin ? [failed.origin] : origins;
      if (origin === undefined) return undefined;
      // Only the whole is tried again: once it is given in halves, its attempts are over.
      const decision = mayRetry ? this.#decide(failed, offsetOf(origin)) : this.#lastWord(failed);
      if (decision.kind === 'retry') {
        if (decision.waitMs > this.#setup.waitInBatchMsMax) return decision.waitMs;
        await this.#sleep(decision.waitMs);
        continue;
      }
      const { policy } = decision;
      if (policy.policy === 'fail' || origins.length === 1) {
        this.#finish(policy, failed, origin);
        return undefined;
      }
      if (failed.origin) {
        // A record that cannot be decoded leaves the batch; the handler gets the others.
        this.#finish(policy, failed, failed.origin);
        const bad = failed.origin;
        origins = origins.filter(({ batch, index }) => batch !== bad.batch || index !== bad.index);
        continue;
      }
      const middle = origins.length >> 1;
      await this.#wholeOf(origins.slice(0, middle), false);
      return this.#wholeOf(origins.slice(middle), false);
    }
  }

  /** One call of a record's handler. Gives back what failed; synchronous as long as the handler is. */
  #attempt(handle: Handler, origin: Origin): Failed | undefined | Promise<Failed | undefined> {
    const { outputs } = this.#handling;
    const mark = outputs.mark();
    const record = new InputRecord(origin.batch, origin.index, this.#setup.key, this.#setup.value);
    const context = new HandlerContext(this.#setup.sinkNames, outputs, origin, this.#handling.over.signal);
    const settle = (thrown: Error | undefined): Failed | undefined => {
      context.close();
      const failed = whatFailed(record.decodeFailure, context.encodeFailure, thrown);
      if (failed) outputs.rewind(mark);
      return failed;
    };
    try {
      const result = handle(record, context);
      if (!isThenable(result)) return settle(undefined);
      return this.#inTime(result).then(
        () => settle(undefined),
        (thrown: unknown) => {
          const failed = settle(asError(thrown));
          if (thrown === this.#end) throw thrown;
          this.#requireCurrent();
          return failed;
        },
      );
    } catch (thrown) {
      return settle(asError(thrown));
    }
  }

  async #attemptAll(origins: readonly Origin[]): Promise<(Failed & { readonly origin?: Origin }) | undefined> {
    const [first] = origins;
    if (first === undefined) return undefined;
    const { outputs } = this.#handling;
    const mark = outputs.mark();
    const records = origins.map(
      ({ batch, index }) => new InputRecord(batch, index, this.#setup.key, this.#setup.value),
    );
    const context = new HandlerContext(this.#setup.sinkNames, outputs, first, this.#handling.over.signal);
    let thrown: Error | undefined;
    try {
      const result = (this.#setup.handler.handle as BatchHandler)(new BatchView(records), context);
      if (isThenable(result)) await this.#inTime(result);
    } catch (error) {
      if (error === this.#end) throw error;
      this.#requireCurrent();
      thrown = asError(error);
    } finally {
      context.close();
    }
    const undecodable = records.findIndex((record) => record.decodeFailure !== undefined);
    const failed = whatFailed(records[undecodable]?.decodeFailure, context.encodeFailure, thrown);
    if (failed === undefined) return undefined;
    outputs.rewind(mark);
    const origin = origins[undecodable];
    return origin ? { ...failed, origin } : failed;
  }

  /** What the policies say about a failure; counts the attempts of a record, over several runs. */
  #decide(failed: Failed, offset: number): Decision {
    const policy: FinalPolicy | RetryPolicy = this.#setup.onError[failed.part];
    if (policy.policy !== 'retry') return { kind: 'final', policy };
    const { attempts } = this.#handling;
    if (attempts.offset !== offset) Object.assign(attempts, { offset, failed: 0 });
    attempts.failed++;
    if (attempts.failed > policy.times) return { kind: 'final', policy: policy.otherwise };
    const waitMs = backoffMs(attempts.failed, policy.backoffMs, policy.backoffMaxMs);
    this.#fact({ fact: 'retry-scheduled', offset, attempt: attempts.failed, waitMs, error: failed.error });
    return { kind: 'retry', waitMs };
  }

  #lastWord({ part }: Failed): Extract<Decision, { readonly kind: 'final' }> {
    const policy: FinalPolicy | RetryPolicy = this.#setup.onError[part];
    return { kind: 'final', policy: policy.policy === 'retry' ? policy.otherwise : policy };
  }

  /** Ends the treatment of a record by its final policy. */
  #finish(policy: FinalPolicy, { part, error }: Failed, origin: Origin): void {
    const { namespace, processor, clock } = this.#setup;
    const offset = offsetOf(origin);
    switch (policy.policy) {
      case 'fail':
        throw new ProcessorError(
          'PRC_RECORD_FAILED',
          {
            processor,
            topic: origin.batch.topic,
            partition: origin.batch.partition,
            offset,
            part,
            reason: error.message,
          },
          { cause: error },
        );
      case 'skip':
        this.#fact({ fact: 'record-skipped', offset, failed: part, error });
        return;
      case 'dead-letter': {
        const topic = policy.topic ?? deadLetterTopic(namespace, processor);
        this.#handling.outputs.deadLetter(origin, { topic, processor, failed: part, error, at: clock.wallMs() });
        this.#fact({ fact: 'record-dead-lettered', offset, failed: part, error, to: topic });
      }
    }
  }

  /**
   * Awaits what an asynchronous handler gave back, at most as long as a handler may take (E11, E18), and no longer than
   * its batch is there (E5): one that never settles must not be waited for.
   */
  async #inTime(result: PromiseLike<unknown>): Promise<void> {
    const { clock, handlerTimeoutMs, processor } = this.#setup;
    const { signal } = this.#handling.over;
    let cancel = (): void => {};
    const cut = new Promise<never>((_, reject) => {
      const end = (error: Error): void => {
        this.#end = error;
        reject(error);
      };
      const cancelTimer = clock.timer(handlerTimeoutMs, () =>
        end(new ProcessorError('PRC_HANDLER_TIMEOUT', { processor, seconds: handlerTimeoutMs / 1000 })),
      );
      const onOver = (): void => end(new OwnershipLost('the partition was given up while its handler ran'));
      signal.addEventListener('abort', onOver, { once: true });
      cancel = () => {
        cancelTimer();
        signal.removeEventListener('abort', onOver);
      };
    });
    try {
      await Promise.race([result, cut]);
    } finally {
      cancel();
    }
    this.#requireCurrent();
  }

  /** Waits for schemas that the slice's bytes name and that are not loaded; rejects if the registry cannot be reached. */
  async #loadSchemas({ batch, from, to }: Slice): Promise<void> {
    const { columns, bytes } = batch;
    const loading: Promise<void>[] = [];
    const look = ({ serde }: OpenedCodec, starts: Int32Array, ends: Int32Array): void => {
      if (!serde.missing) return;
      for (let i = from; i < to; i++) {
        const start = starts[i] as number;
        const missing = start < 0 ? undefined : serde.missing(bytes, start, ends[i] as number);
        if (missing) loading.push(missing);
      }
    };
    look(this.#setup.key, columns.keyStart, columns.keyEnd);
    look(this.#setup.value, columns.valueStart, columns.valueEnd);
    if (loading.length === 0) return;
    await Promise.all(loading);
    this.#requireCurrent();
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => this.#setup.clock.timer(ms, resolve));
    this.#requireCurrent();
  }

  /** After everything that was awaited: the partition may be gone. */
  #requireCurrent(): void {
    if (this.#handling.isCurrent()) return;
    this.#end = new OwnershipLost('the partition was given up while its handler ran');
    throw this.#end;
  }

  #fact(fact: DistributedOmit<Extract<Fact, { readonly offset: number }>, 'processor' | 'topic' | 'partition'>): void {
    const [{ batch }] = this.#handling.batch.slices as [Slice];
    this.#setup.emitFact({ ...fact, processor: this.#setup.processor, topic: batch.topic, partition: batch.partition });
  }
}

type DistributedOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;
type Handler = (record: InputRecord, context: HandlerContext) => unknown;
type BatchHandler = (batch: BatchView, context: HandlerContext) => unknown;

interface Failed {
  readonly part: FailedPart;
  readonly error: Error;
}

type Decision =
  | { readonly kind: 'final'; readonly policy: FinalPolicy }
  | { readonly kind: 'retry'; readonly waitMs: number };

function whatFailed(
  decode: Error | undefined,
  encode: Error | undefined,
  thrown: Error | undefined,
): Failed | undefined {
  if (decode) return { part: 'decode', error: decode };
  if (encode) return { part: 'encode', error: encode };
  return thrown ? { part: 'handle', error: thrown } : undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function offsetOf({ batch, index }: Origin): number {
  return batch.columns.offset[index] as number;
}

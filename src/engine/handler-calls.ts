// One call of the author's handler: what it emitted stays, or is taken back if it failed. Owns the call's time limit, and
// cuts it off when its batch is given up. What a failure means is not decided here.

import { isThenable } from '../core/thenable.js';
import type { SourceHandler } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import type { BatchTrace } from '../ports/tracing.js';
import type { FailedPart } from './facts.js';
import { asError, OwnershipLost } from './failures.js';
import { BatchView, HandlerContext } from './handler-context.js';
import { InputRecord, type OpenedCodec } from './input-record.js';
import { headersOf, type Origin, type Outputs, offsetOf } from './outputs.js';

export interface CallSetup {
  readonly processor: string;
  readonly handler: SourceHandler;
  readonly handlerTimeoutMs: number;
  readonly key: OpenedCodec;
  readonly value: OpenedCodec;
  /** The names by which handlers call the outputs, in the order of `Outputs`' topics. */
  readonly sinkNames: readonly string[];
  readonly clock: Clock;
}

export interface CallScope {
  readonly outputs: Outputs;
  /** Whether this run still counts: a task that was closed meanwhile sends nothing and starts nothing (E4). */
  readonly isCurrent: () => boolean;
  /** Fires when the run is over, by itself or because its batch was dropped: handlers that still run are cut off (E5). */
  readonly over: AbortController;
  /** Where somebody traces the batch. */
  readonly trace: BatchTrace | undefined;
}

export interface Failed {
  readonly part: FailedPart;
  readonly error: Error;
}

export class HandlerCalls {
  readonly #setup: CallSetup;
  readonly #scope: CallScope;
  /** What ends this run whatever the policies say: nothing that a handler throws can pass for it. */
  #end: Error | undefined;

  constructor(setup: CallSetup, scope: CallScope) {
    this.#setup = setup;
    this.#scope = scope;
  }

  /** One call of a record's handler. Gives back what failed; synchronous as long as the handler is. */
  one(origin: Origin): Failed | undefined | Promise<Failed | undefined> {
    const { outputs, over, trace } = this.#scope;
    const { handler, key, value, sinkNames } = this.#setup;
    const mark = outputs.mark();
    if (trace) outputs.carried = trace.joined(headersOf(origin));
    const record = new InputRecord(origin.batch, origin.index, key, value);
    const context = new HandlerContext(sinkNames, outputs, origin, over.signal);
    const settle = (thrown: Error | undefined): Failed | undefined => {
      context.close();
      const failed = whatFailed(record.decodeFailure, context.encodeFailure, thrown);
      if (failed) outputs.rewind(mark);
      return failed;
    };
    try {
      const result = (handler.handle as RecordHandler)(record, context);
      if (!isThenable(result)) return settle(undefined);
      return this.#inTime(result, origin).then(
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

  /** One call of a batch's handler. Names the record that could not be decoded, if that is what failed. */
  async all(origins: readonly Origin[]): Promise<(Failed & { readonly origin?: Origin }) | undefined> {
    const [first] = origins;
    if (first === undefined) return undefined;
    const { outputs, over, trace } = this.#scope;
    const { handler, key, value, sinkNames } = this.#setup;
    const mark = outputs.mark();
    if (trace) {
      for (const origin of origins) trace.joined(headersOf(origin));
      // Which of the records an output comes from, nobody can tell: it comes from the batch.
      outputs.carried = trace.headers;
    }
    const records = origins.map(({ batch, index }) => new InputRecord(batch, index, key, value));
    const context = new HandlerContext(sinkNames, outputs, first, over.signal);
    let thrown: Error | undefined;
    try {
      const result = (handler.handle as BatchHandler)(new BatchView(records), context);
      if (isThenable(result)) await this.#inTime(result, first);
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

  /**
   * Awaits what an asynchronous handler gave back, at most as long as a handler may take (E11, E18), and no longer than
   * its batch is there (E5): one that never settles must not be waited for.
   */
  async #inTime(result: PromiseLike<unknown>, origin: Origin): Promise<void> {
    const { clock, handlerTimeoutMs, processor } = this.#setup;
    const { signal } = this.#scope.over;
    let cancel = (): void => {};
    const cut = new Promise<never>((_, reject) => {
      const end = (error: Error): void => {
        this.#end = error;
        reject(error);
      };
      const cancelTimer = clock.timer(handlerTimeoutMs, () =>
        end(
          new ProcessorError('PRC_HANDLER_TIMEOUT', {
            processor,
            topic: origin.batch.topic,
            partition: origin.batch.partition,
            offset: offsetOf(origin),
            seconds: handlerTimeoutMs / 1000,
          }),
        ),
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

  /** After everything that was awaited: the partition may be gone. */
  #requireCurrent(): void {
    if (this.#scope.isCurrent()) return;
    this.#end = new OwnershipLost('the partition was given up while its handler ran');
    throw this.#end;
  }
}

type RecordHandler = (record: InputRecord, context: HandlerContext) => unknown;
type BatchHandler = (batch: BatchView, context: HandlerContext) => unknown;

function whatFailed(
  decode: Error | undefined,
  encode: Error | undefined,
  thrown: Error | undefined,
): Failed | undefined {
  if (decode) return { part: 'decode', error: decode };
  if (encode) return { part: 'encode', error: encode };
  return thrown ? { part: 'handle', error: thrown } : undefined;
}

// Runs the author's handlers over a batch, record by record or as a whole. Nothing is sent here: outputs are held until all
// handlers are through (E6). Whatever waits, waits here or in the task, never inside a transaction (E19).

import type { SourceHandler } from '../core/topology.js';
import type { Clock } from '../ports/clock.js';
import { OwnershipLost } from './failures.js';
import { type CallScope, type CallSetup, type Failed, HandlerCalls } from './handler-calls.js';
import type { OpenedCodec } from './input-record.js';
import { type Origin, type Outputs, offsetOf } from './outputs.js';
import type { Slice, TaskBatch } from './task-batch.js';
import { type Refused, Treatment, type TreatmentScope, type TreatmentSetup } from './treatment.js';

/** What the handlers of one subtopology need, for as long as it runs. */
export interface HandlerSetup extends CallSetup, TreatmentSetup {
  readonly handler: SourceHandler;
  readonly waitInBatchMsMax: number;
  /** A batch whose outputs grow beyond this is settled before its rest is handled. */
  readonly batchBytesMax: number;
  /** The same for its age, counted from when the first of its unsettled records was taken. */
  readonly batchAgeMsMax: number;
  readonly clock: Clock;
}

export interface Handling extends CallScope, TreatmentScope {
  readonly batch: TaskBatch;
  readonly outputs: Outputs;
  /** The batch is settled after this many records: the broker has refused more of them together (E21). */
  readonly recordsMax: number;
  /** Why the broker does not take what the first record makes: its policy is applied in place of its handler (E21). */
  readonly poison: Refused | undefined;
  /** Adds what has come meanwhile to the batch; false if nothing has, or the batch is full. */
  readonly extend: () => Promise<boolean>;
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
  readonly #calls: HandlerCalls;
  readonly #treatment: Treatment;

  constructor(setup: HandlerSetup, handling: Handling) {
    this.#setup = setup;
    this.#handling = handling;
    this.#calls = new HandlerCalls(setup, handling);
    this.#treatment = new Treatment(setup, handling);
  }

  async records(): Promise<Handled> {
    const { batch, extend, recordsMax } = this.#handling;
    let handled = 0;
    for (let next = 0; ; ) {
      // All of them before the first handler: where the registry is away, nothing has run that would run again.
      for (const slice of batch.slices.slice(next)) await this.#loadSchemas(slice);
      for (; next < batch.slices.length; next++) {
        const slice = batch.slices[next] as Slice;
        for (let index = slice.from; index < slice.to; index++) {
          const origin = { batch: slice.batch, index };
          const attempt = this.#attempt(origin);
          const failed = attempt instanceof Promise ? await attempt : attempt;
          if (failed) {
            const waitMs = await this.#treat(origin, failed);
            if (waitMs !== undefined) return { end: offsetOf(origin), waitMs };
          }
          handled++;
          const rest = handled >= recordsMax || this.#mustSettle() ? batch.offsetAfter(next, index) : undefined;
          if (rest !== undefined) return { end: rest, waitMs: 0 };
        }
      }
      if (!(await extend())) return { end: batch.end };
    }
  }

  /** A handler that takes the whole batch. One that fails for good is given halves, down to the record that it is about. */
  async whole(): Promise<Handled> {
    const { batch, recordsMax, poison } = this.#handling;
    const all: Origin[] = [];
    for (const slice of batch.slices) {
      await this.#loadSchemas(slice);
      for (let index = slice.from; index < slice.to; index++) all.push({ batch: slice.batch, index });
    }
    const origins = all.slice(0, recordsMax);
    const [first] = origins;
    if (poison && first) this.#treatment.refused(poison, first);
    else {
      const waitMs = await this.#wholeOf(origins, true);
      if (waitMs !== undefined) return { end: batch.first, waitMs };
    }
    const rest = all[origins.length];
    return rest ? { end: offsetOf(rest), waitMs: 0 } : { end: batch.end };
  }

  #attempt(origin: Origin): Failed | undefined | Promise<Failed | undefined> {
    const { poison } = this.#handling;
    if (poison === undefined) return this.#calls.one(origin);
    this.#treatment.refused(poison, origin);
    return undefined;
  }

  /** Treats a failed record by its policy, to its end; gives back the wait that is too long to be done here. */
  async #treat(origin: Origin, first: Failed): Promise<number | undefined> {
    for (let failed: Failed | undefined = first; failed; failed = await this.#calls.one(origin)) {
      const decision = this.#treatment.decide(failed, origin);
      if (decision.kind === 'final') {
        this.#treatment.finish(decision.policy, failed, origin);
        return undefined;
      }
      if (decision.waitMs > this.#setup.waitInBatchMsMax) return decision.waitMs;
      await this.#sleep(decision.waitMs);
    }
    return undefined;
  }

  async #wholeOf(origins: readonly Origin[], mayRetry: boolean): Promise<number | undefined> {
    for (;;) {
      const failed = await this.#calls.all(origins);
      if (failed === undefined) return undefined;
      const [origin] = failed.origin ? [failed.origin] : origins;
      if (origin === undefined) return undefined;
      // Only the whole is tried again: once it is given in halves, its attempts are over.
      const decision = mayRetry ? this.#treatment.decide(failed, origin) : this.#treatment.lastWord(failed);
      if (decision.kind === 'retry') {
        if (decision.waitMs > this.#setup.waitInBatchMsMax) return decision.waitMs;
        await this.#sleep(decision.waitMs);
        continue;
      }
      const { policy } = decision;
      if (policy.policy === 'fail' || origins.length === 1) {
        this.#treatment.finish(policy, failed, origin);
        return undefined;
      }
      if (failed.origin) {
        // A record that cannot be decoded leaves the batch; the handler gets the others.
        this.#treatment.finish(policy, failed, failed.origin);
        const bad = failed.origin;
        origins = origins.filter(({ batch, index }) => batch !== bad.batch || index !== bad.index);
        continue;
      }
      const middle = origins.length >> 1;
      await this.#wholeOf(origins.slice(0, middle), false);
      return this.#wholeOf(origins.slice(middle), false);
    }
  }

  /** A batch that has grown too large or too old is settled before its rest is handled: slow handlers make progress, too. */
  #mustSettle(): boolean {
    const { batch, outputs } = this.#handling;
    const { clock, batchBytesMax, batchAgeMsMax } = this.#setup;
    return outputs.batch.sink.position > batchBytesMax || clock.monotonicMs() - batch.startedMs >= batchAgeMsMax;
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

  #requireCurrent(): void {
    if (!this.#handling.isCurrent()) throw new OwnershipLost('the partition was given up while its handler ran');
  }
}

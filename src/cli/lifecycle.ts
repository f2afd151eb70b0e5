// How long a command that runs until somebody ends it lives: until its work is done or fails, a signal asks it to stop, or
// an error that nothing caught makes it unsafe to go on. Owns the process's signal and error listeners.

import type { EventEmitter } from 'node:events';
import type { Logger } from '../adapters/pino/logger.js';
import { wakefulClock } from '../adapters/system-clock.js';
import { isProcessorError, ProcessorError } from '../errors/processor-error.js';
import { isDoneWithin, within } from '../ports/within.js';
import { endProcessByForce } from './end-process.js';
import { errorFields } from './error-fields.js';

export interface Stoppable {
  readonly finished: Promise<void>;
  /** Finishes what is under way; the second call hurries. */
  stop(): Promise<void>;
}

/** Where signals and uncaught errors come from, and what a third signal does. */
export interface Host {
  readonly events: EventEmitter;
  endByForce(): void;
}

const thisProcess: Host = { events: process, endByForce: endProcessByForce };

/** A stop takes about a second; what takes longer hangs. */
const appStopMsMax = 5000;
/** Nothing of a process that is still starting has to be finished. */
const startMsMax = 1500;
/** npm passes on a Ctrl-C that the terminal has sent to every process of the group already: both are one. */
const sameSignalMs = 300;

export class Lifecycle {
  readonly #log: Pick<Logger, 'info' | 'warn' | 'fatal'>;
  readonly #host: Host;
  readonly #stopMsMax: number;
  #app: Stoppable | undefined;
  #uncaught: ProcessorError | undefined;
  readonly #uncaughtReasons = new Set<string>();
  #signals = 0;
  #last = { signal: '', ms: Number.NEGATIVE_INFINITY };
  #isEnding = false;
  #end: () => void = () => {};
  /** Resolves when somebody wants the end. */
  readonly #ending: Promise<void> = new Promise((resolve) => {
    this.#end = resolve;
  });

  constructor(log: Pick<Logger, 'info' | 'warn' | 'fatal'>, host: Host = thisProcess, stopMsMax = appStopMsMax) {
    this.#log = log;
    this.#host = host;
    this.#stopMsMax = stopMsMax;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) host.events.on(signal, () => this.#signalled(signal));
    // Node makes an uncaught exception of an unhandled rejection.
    host.events.on('uncaughtException', (error: unknown) => this.#failed(error));
  }

  /** Whether somebody wants the end: then nothing new is worth starting. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * Starts the app, unless the end is wanted already. Resolves when it has stopped, by itself or as asked. Rejects with the
   * error that ended it, with PRC_UNCAUGHT, or with PRC_STOP_OVERDUE.
   *
   * @param start may give nothing if the end is wanted meanwhile; it is not waited for then
   */
  async untilEnd(start: () => Promise<Stoppable | undefined>): Promise<void> {
    const app = this.#isEnding ? undefined : await this.#started(start());
    if (app !== undefined) {
      const finished = app.finished.catch(() => {});
      await Promise.race([finished, this.#ending]);
      const isDone = await isDoneWithin(wakefulClock, this.#stopMsMax, finished);
      if (this.#uncaught) throw this.#uncaught;
      if (!isDone) throw new ProcessorError('PRC_STOP_OVERDUE', { seconds: this.#stopMsMax / 1000 });
      await app.finished;
    }
    if (this.#uncaught) throw this.#uncaught;
  }

  /** The app, or undefined if the end is wanted before it has started. */
  async #started(starting: Promise<Stoppable | undefined>): Promise<Stoppable | undefined> {
    const inTime = await Promise.race([starting, this.#ending.then(() => undefined)]);
    if (inTime !== undefined && !this.#isEnding) {
      this.#app = inTime;
      return inTime;
    }
    // What fails now fails on the way out.
    const late = await within(
      wakefulClock,
      startMsMax,
      starting.catch(() => undefined),
      () => undefined,
    );
    this.#app = late;
    if (this.#uncaught) this.#abort();
    else void late?.stop();
    return late;
  }

  #signalled(signal: string): void {
    const now = performance.now();
    const isSame = signal === this.#last.signal && now - this.#last.ms < sameSignalMs;
    this.#last = { signal, ms: now };
    if (isSame) return;
    this.#signals++;
    if (this.#signals === 1) this.#log.info({ signal }, 'stopping: finishes what is under way');
    if (this.#signals === 2) this.#log.warn({ signal }, 'stopping at once: aborts what is under way');
    if (this.#signals > 2) return this.#host.endByForce();
    void this.#app?.stop();
    this.#isEnding = true;
    this.#end();
  }

  #failed(cause: unknown): void {
    const reason = reasonOf(cause);
    // A handler that leaks does so for every record of its batch.
    if (!this.#uncaughtReasons.has(reason))
      this.#log.fatal({ err: errorFields(cause) }, 'an error that nothing caught: aborts what is under way and ends');
    this.#uncaughtReasons.add(reason);
    // An error of ours knows better what to do.
    const hint = isProcessorError(cause) ? { hint: cause.hint } : {};
    this.#uncaught ??= new ProcessorError('PRC_UNCAUGHT', { reason }, { cause, ...hint });
    this.#abort();
    this.#isEnding = true;
    this.#end();
  }

  /** Two calls: the second one does not wait for what is under way. */
  #abort(): void {
    void this.#app?.stop();
    void this.#app?.stop();
  }
}

function reasonOf(cause: unknown): string {
  if (isProcessorError(cause)) return `${cause.code} ${cause.message}`;
  return cause instanceof Error ? cause.message : String(cause);
}

// How the time of a driver passes: the model goes on, event by event, until what is asked for holds; where a handler waits for
// something real, it is waited for instead. One call of the driver at a time has the time in hand.

import { performance } from 'node:perf_hooks';
import { ProcessorError } from '../errors/processor-error.js';
import type { Kernel } from '../memory/kernel.js';
import type { HandlerUnderWay } from './watched-topology.js';

// As they are when this is loaded: a test may put false ones in their place, in which nothing passes.
const realTurn = setImmediate;
const realNowMs = performance.now.bind(performance);
const nextTick = process.nextTick.bind(process);

/** All promises that can go on have gone on, if none of them waits for something outside of the model. */
export function quickTurn(): Promise<void> {
  return new Promise((resolve) => nextTick(resolve));
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => void realTurn(resolve));
}

export interface DriverTimeSetup {
  readonly kernel: Kernel;
  /** How long a handler may wait for something real. */
  readonly handlerWaitMs: number;
  /** A handler that is waited for; undefined where none runs. */
  readonly handling: () => HandlerUnderWay | undefined;
  /** What has ended a processor. */
  readonly failure: () => Error | undefined;
  /** Partitions with something left to do, for people. */
  readonly left: () => readonly string[];
}

export interface Until {
  /** Virtual. Default: two minutes from now, far more than anything takes that gets on. */
  readonly deadlineMs?: number;
  /** What becomes of a handler that was waited for in vain: an error, or time passes on, so that it is cut off. */
  readonly stuck: 'throw' | 'pass';
}

export class DriverTime {
  readonly #setup: DriverTimeSetup;
  /** The call that has the time in hand, and its end. */
  #call: { readonly name: string; readonly over: Promise<unknown> } | undefined;
  /** The handler that is waited for, over several calls where it takes so long. */
  #waited: { readonly handler: HandlerUnderWay; readonly sinceMs: number } | undefined;
  #isClosed = false;
  /** When the rest of the program last had its turn. */
  #gaveWayMs = realNowMs();

  constructor(setup: DriverTimeSetup) {
    this.#setup = setup;
  }

  /** @throws PRC_TEST_BUSY, PRC_TEST_CLOSED */
  async during<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.requireOpen();
    if (this.#call) throw new ProcessorError('PRC_TEST_BUSY', { call: name, other: this.#call.name });
    const over = run();
    this.#call = { name, over };
    try {
      return await over;
    } finally {
      this.#call = undefined;
    }
  }

  /** @throws PRC_TEST_CLOSED */
  requireOpen(): void {
    if (this.#isClosed) throw new ProcessorError('PRC_TEST_CLOSED', {});
  }

  /** From now on nothing happens but what `last` does. A call that is under way ends first: it throws PRC_TEST_CLOSED. */
  async close(last: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#call?.over.catch(() => {});
    await last();
  }

  /** Lets the model go on until that holds. @throws PRC_TEST_HANDLER_PENDING, PRC_TEST_UNSETTLED, PRC_TEST_CLOSED, a failure */
  async until(holds: () => boolean, { deadlineMs, stuck }: Until): Promise<void> {
    const { kernel, handling, handlerWaitMs, failure, left } = this.#setup;
    const endMs = deadlineMs ?? kernel.nowMs + untilMsMax;
    // One turn first: what was called just now begins.
    await quickTurn();
    for (;;) {
      this.requireOpen();
      const failed = failure();
      if (failed) throw failed;
      if (holds()) return;
      const handler = handling();
      if (handler !== undefined) {
        if (await this.#handlerGoesOn()) continue;
        if (stuck === 'throw') {
          const { processor } = handler;
          throw new ProcessorError('PRC_TEST_HANDLER_PENDING', { processor, seconds: handlerWaitMs / 1000 });
        }
      }
      if (kernel.nowMs > endMs || !(await this.#step()))
        throw new ProcessorError('PRC_TEST_UNSETTLED', {
          seconds: untilMsMax / 1000,
          partitions: left().join(', ') || 'none',
        });
    }
  }

  /** Lets the model go on until that holds or nothing is left to happen, whatever handlers do. */
  async rush(holds: () => boolean): Promise<void> {
    await quickTurn();
    while (!holds() && (await this.#step()));
  }

  /** Gives way to the rest of the program now and then: signals, timers and the test runner have their turn, too. */
  async #step(): Promise<boolean> {
    const nowMs = realNowMs();
    if (nowMs - this.#gaveWayMs > atOnceMs) {
      await eventLoopTurn();
      this.#gaveWayMs = realNowMs();
    }
    return this.#setup.kernel.step();
  }

  /** Waits until no handler waits any more; false where one is over its time. */
  async #handlerGoesOn(): Promise<boolean> {
    const { handling, handlerWaitMs } = this.#setup;
    for (let handler = handling(); handler !== undefined; handler = handling()) {
      this.requireOpen();
      if (this.#waited?.handler !== handler) this.#waited = { handler, sinceMs: realNowMs() };
      if (realNowMs() - this.#waited.sinceMs > handlerWaitMs) return false;
      await eventLoopTurn();
    }
    return true;
  }
}

const untilMsMax = 120_000;
const atOnceMs = 10;

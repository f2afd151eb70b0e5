// How calls of the client get their bounds (E8). A native call cannot be called back: where its time is over it is left
// alone, and who made it goes on without it.

import type { Limits } from '../core/defaults.js';
import { backoffMs } from '../core/retry.js';
import type { Clock } from '../ports/clock.js';
import { KafkaError } from '../ports/kafka.js';
import { within } from '../ports/within.js';
import { DeadlinePassed } from './failures.js';

export class Calls {
  readonly #clock: Clock;
  readonly #limits: Limits;

  constructor(clock: Clock, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** One call, which may take as long as a transaction. */
  once<T>(call: Promise<T>): Promise<T> {
    return this.#bounded(call, this.#limits.transactionTimeoutMs);
  }

  /** Calls with a short time limit each, made again while the client says that it may, up to the transaction's time. */
  async resumed<T>(call: (timeoutMs: number) => Promise<T>, repeated: (error: Error) => void): Promise<T> {
    const { callTimeoutMs, transactionTimeoutMs } = this.#limits;
    const deadline = this.#clock.monotonicMs() + transactionTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      const leftMs = deadline - this.#clock.monotonicMs();
      if (leftMs <= 0) throw new DeadlinePassed(`no success within ${transactionTimeoutMs} ms`);
      try {
        return await this.#bounded(call(callTimeoutMs), leftMs);
      } catch (error) {
        if (!(error instanceof KafkaError) || !error.retriable) throw error;
        repeated(error);
        await this.pause(backoffMs(attempt, 10, 200));
      }
    }
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#clock.timer(ms, resolve));
  }

  #bounded<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
    return within(this.#clock, timeoutMs, call, () => {
      throw new DeadlinePassed(`no answer within ${timeoutMs} ms`);
    });
  }
}

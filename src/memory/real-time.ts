// Lets a model's time pass as it does on the wall, for whoever works with it instead of testing in it. What real things do in
// between, a handler's timers for instance, finds virtual time where the wall's is.

import { setTimeout as wait } from 'node:timers/promises';
import type { Kernel } from './kernel.js';

export class RealTime {
  readonly #kernel: Kernel;
  readonly #begunMs = performance.now();
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** From now on the model goes on by itself. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the model stands still. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const kernel = this.#kernel;
    while (!this.#isStopping) {
      const nowMs = performance.now() - this.#begunMs;
      while ((kernel.nextMs ?? Number.POSITIVE_INFINITY) <= nowMs && !this.#isStopping) await kernel.step();
      kernel.passTo(nowMs);
      // Something may be put before what is next at any moment, so it is looked at again soon.
      await wait(Math.min(pauseMsMax, Math.max(1, (kernel.nextMs ?? Number.POSITIVE_INFINITY) - nowMs)));
    }
  }
}

const pauseMsMax = 10;

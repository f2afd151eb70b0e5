// For how long somebody may be silent. It is heard of far more often than it runs out, so one event stands for all of them: when
// that comes, it looks how long the silence has been.

import type { Kernel, Process } from './kernel.js';

export interface SessionOptions {
  readonly ms: number;
  /** Called once for each silence that was too long; `heard` begins the next one. */
  readonly isOver: () => void;
  /** Who counts the time; nobody for the brokers. */
  readonly owner?: Process;
}

export class Session {
  readonly #kernel: Kernel;
  readonly #options: SessionOptions;
  #untilMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(kernel: Kernel, options: SessionOptions) {
    this.#kernel = kernel;
    this.#options = options;
  }

  heard(): void {
    this.#untilMs = this.#kernel.nowMs + this.#options.ms;
    this.#wait();
  }

  /** From here on nobody is waited for, until somebody is heard again. */
  hold(): void {
    this.#untilMs = Number.POSITIVE_INFINITY;
  }

  end(): void {
    this.hold();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(): void {
    if (this.#cancel) return;
    const { nowMs } = this.#kernel;
    const { owner, isOver } = this.#options;
    const look = (): void => {
      this.#cancel = undefined;
      if (this.#untilMs === Number.POSITIVE_INFINITY) return;
      if (this.#untilMs > this.#kernel.nowMs) return this.#wait();
      this.hold();
      isOver();
    };
    this.#cancel = this.#kernel.schedule(this.#untilMs - nowMs, look, owner);
  }
}

// One way of a connection: what is put in comes out in that order, each after its time, and nothing while the two ends are cut off
// from each other.

import type { Kernel, Process } from './kernel.js';

export interface OneWayOptions<T> {
  readonly kernel: Kernel;
  /** For how long nothing gets through any more; 0 where it does. */
  readonly cutMs: () => number;
  /** Something is held up for so long. */
  readonly heldUp: (cutMs: number) => void;
  readonly out: (one: T) => void;
  /** Who takes what comes out; nobody for the brokers. */
  readonly owner?: Process;
}

export class OneWay<T> {
  readonly #options: OneWayOptions<T>;
  readonly #underWay: T[] = [];
  /** When the last one comes out. */
  #lastMs = 0;

  constructor(options: OneWayOptions<T>) {
    this.#options = options;
  }

  put(one: T, ms: number): void {
    this.#underWay.push(one);
    this.#wait(ms + this.#heldUpMs());
  }

  /** All that is under way is gone. */
  drop(): void {
    this.#underWay.length = 0;
  }

  #wait(ms: number): void {
    const { kernel, owner } = this.#options;
    this.#lastMs = Math.max(this.#lastMs, kernel.nowMs + ms);
    kernel.schedule(this.#lastMs - kernel.nowMs, this.#arrive, owner);
  }

  /** Whichever this was put there for: the first of them comes first. */
  readonly #arrive = (): void => {
    const cutMs = this.#heldUpMs();
    if (cutMs > 0) return this.#wait(cutMs);
    const first = this.#underWay.shift();
    if (first !== undefined) this.#options.out(first);
  };

  #heldUpMs(): number {
    const { cutMs, heldUp } = this.#options;
    const ms = cutMs();
    if (ms > 0) heldUp(ms);
    return ms;
  }
}

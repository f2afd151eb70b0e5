// In which call of a handler the code that runs now is: also behind its awaits, in its timers, and in what it has left behind.
// Counts a call's await points: each time that a promise lets it go on.

import { createHook } from 'node:async_hooks';

/** What of a call is known here. */
export interface Followed {
  /** How many times it has gone on behind an await. */
  continuations: number;
  /** Is told before it goes on. */
  readonly continues: () => void;
}

export class HandlerContexts<Call extends Followed> {
  #current: Call | undefined;
  /** What began in a call's context, by its asynchronous id. */
  readonly #calls = new Map<number, Call>();
  readonly #promises = new Set<number>();
  /** What is being run, and what was before it: a callback can run inside another. */
  readonly #entered: { readonly id: number; readonly before: Call | undefined }[] = [];
  readonly #hook = createHook({
    init: (id, type) => {
      if (this.#current === undefined) return;
      this.#calls.set(id, this.#current);
      if (type === 'PROMISE') this.#promises.add(id);
    },
    before: (id) => {
      const call = this.#calls.get(id);
      if (call === undefined) return;
      this.#entered.push({ id, before: this.#current });
      this.#current = call;
      if (!this.#promises.has(id)) return;
      call.continuations++;
      this.outside(call.continues);
    },
    after: (id) => {
      if (!this.#calls.has(id)) return;
      // One that threw has left without a word.
      for (let entry = this.#entered.pop(); entry !== undefined; entry = this.#entered.pop()) {
        this.#current = entry.before;
        if (entry.id === id) return;
      }
    },
  });

  get current(): Call | undefined {
    return this.#current;
  }

  enable(): void {
    this.#hook.enable();
  }

  disable(): void {
    this.#hook.disable();
    this.forget();
  }

  /** What is left of earlier calls belongs to none any more. */
  forget(): void {
    this.#calls.clear();
    this.#promises.clear();
    this.#entered.length = 0;
    this.#current = undefined;
  }

  /** Runs the synchronous part of a call. */
  within<T>(call: Call, run: () => T): T {
    return this.#as(call, run);
  }

  /** Runs what is not the author's. */
  outside<T>(run: () => T): T {
    return this.#as(undefined, run);
  }

  #as<T>(call: Call | undefined, run: () => T): T {
    const before = this.#current;
    this.#current = call;
    try {
      return run();
    } finally {
      this.#current = before;
    }
  }
}

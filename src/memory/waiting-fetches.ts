// Readers at the end of a log: each is answered when something has changed there, or when it has waited long enough.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Kernel } from './kernel.js';

export class WaitingFetches {
  readonly #kernel: Kernel;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** `answer` is called once. */
  add(partition: TopicPartition, waitMs: number, answer: () => void): void {
    const key = partitionKey(partition);
    let waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, (waiting = new Set()));
    const once = (): void => {
      cancel();
      this.#waiting.get(key)?.delete(once);
      answer();
    };
    const cancel = this.#kernel.schedule(waitMs, once);
    waiting.add(once);
  }

  changed(partition: TopicPartition): void {
    const waiting = this.#waiting.get(partitionKey(partition));
    if (waiting) for (const once of waiting) once();
  }
}

// Time and chance of the model. Whatever happens in it is an event at a virtual time, owned by a process or by nobody (the
// brokers), and all choices are made here, from one seed: between two events every promise that can go on does, so that no
// choice hangs on how deep an `await` is nested. Knows nothing of Kafka.

import type { Clock } from '../ports/clock.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';

/** One program of the model: what it has under way dies with it and waits while it is paused. */
export class Process {
  readonly name: string;
  state: 'running' | 'paused' | 'dead' = 'running';
  /** What fell due while it was paused, and can still be cancelled. */
  readonly deferred: Event[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

export interface KernelOptions {
  /** The same seed makes the same choices. */
  readonly seed: number;
  /** Resolves when all promises that can go on have gone on: one turn of the real event loop. */
  readonly turn: () => Promise<void>;
  /** What `Date` would say at virtual time 0, in milliseconds since 1970. */
  readonly epochMs: number;
}

interface Event {
  atMs: number;
  /** Of those due at the same time the one with the lower order comes first. */
  order: number;
  readonly run: () => void;
  readonly owner: Process | undefined;
  isCancelled: boolean;
}

export class Kernel {
  readonly random: SeededRandom;
  readonly #options: KernelOptions;
  /** A binary heap. */
  readonly #events: Event[] = [];
  #nowMs = 0;
  #order = 0;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.random = seededRandom(options.seed);
  }

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get wallMs(): number {
    return this.#options.epochMs + this.#nowMs;
  }

  /** When the next event is due; undefined if nothing will ever happen. */
  get nextMs(): number | undefined {
    this.#dropCancelled();
    return this.#events[0]?.atMs;
  }

  /** Runs once after `delayMs`; the function given back cancels it. Dropped where its owner is dead by then. */
  schedule(delayMs: number, run: () => void, owner?: Process): () => void {
    // A wait that is lost in rounding would come at the same moment, and whoever waits for the rest of it would wait for ever.
    const waitMs = delayMs > 0 ? Math.max(delayMs, tickMs) : 0;
    const event = { atMs: this.#nowMs + waitMs, order: this.#order++, run, owner, isCancelled: false };
    this.#push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Runs the next event and everything that it lets go on. Gives back whether there was one. */
  async step(): Promise<boolean> {
    this.#dropCancelled();
    const event = this.#pop();
    if (event === undefined) return false;
    this.#nowMs = event.atMs;
    const { owner, run } = event;
    if (owner?.state === 'paused') owner.deferred.push(event);
    else if (owner?.state !== 'dead') run();
    await this.#options.turn();
    return true;
  }

  /** Lets promises go on that wait for something outside of the model, a handler's own I/O for instance. */
  turn(): Promise<void> {
    return this.#options.turn();
  }

  /** Time passes, as far as nothing is due before. */
  passTo(ms: number): void {
    this.#dropCancelled();
    this.#nowMs = Math.max(this.#nowMs, Math.min(ms, this.#events[0]?.atMs ?? ms));
  }

  kill(process: Process): void {
    process.state = 'dead';
    process.deferred.length = 0;
  }

  pause(process: Process): void {
    if (process.state === 'running') process.state = 'paused';
  }

  /** It goes on with all that fell due meanwhile, in its order. */
  resume(process: Process): void {
    if (process.state !== 'paused') return;
    process.state = 'running';
    for (const event of process.deferred.splice(0)) {
      event.atMs = this.#nowMs;
      event.order = this.#order++;
      this.#push(event);
    }
  }

  /** Time as a process sees it. */
  clockOf(owner: Process): Clock {
    return {
      monotonicMs: () => this.#nowMs,
      wallMs: () => this.wallMs,
      timer: (ms, callback) => this.schedule(ms, callback, owner),
      turn: () => this.wait(0, owner),
    };
  }

  /** With 0 it resolves behind everything that is due now. */
  wait(ms: number, owner?: Process): Promise<void> {
    return new Promise((resolve) => void this.schedule(ms, resolve, owner));
  }

  #dropCancelled(): void {
    while (this.#events[0]?.isCancelled) this.#pop();
  }

  #push(event: Event): void {
    const heap = this.#events;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#events;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event) ? right : left;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

/** The shortest time that passes at all. */
const tickMs = 0.001;

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

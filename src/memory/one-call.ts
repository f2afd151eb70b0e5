// The one call that a producer has under way. Each has its time; one whose time is over goes on, and the same call made again waits
// for it, while every other one is refused.

import { type Guard, KafkaError } from '../ports/kafka.js';
import { inTime } from './in-time.js';
import type { Kernel, Process } from './kernel.js';

export interface CallTime {
  /** Nobody waits for it any more. */
  isOver: boolean;
}

interface UnderWay {
  readonly call: string;
  /** Undefined where it goes on only when it is made again. */
  readonly done: Promise<void> | undefined;
  readonly time: CallTime;
}

export class OneCall {
  readonly #kernel: Kernel;
  readonly #process: Process;
  #underWay: UnderWay | undefined;
  #isClosed = false;

  constructor({ kernel, process }: { readonly kernel: Kernel; readonly process: Process }) {
    this.#kernel = kernel;
    this.#process = process;
  }

  /** @throws _DESTROY */
  requireOpen(): void {
    if (this.#isClosed) throw new KafkaError('_DESTROY', 'the producer is closed', { fatal: true });
  }

  /** @throws _CONFLICT while one is under way, but for another attempt at the same */
  requireNone(call?: string): void {
    const { call: underWay } = this.#underWay ?? {};
    if (underWay === undefined || underWay === call) return;
    // The client gives no flags with what it answers to a `begin`.
    throw new KafkaError('_CONFLICT', `${underWay} is under way`, { retriable: call !== undefined });
  }

  /** Runs a call within its time; made again, it waits for the one that is still under way. */
  async resumable(
    call: string,
    timeoutMs: number,
    run: (time: CallTime) => Promise<void>,
    guard: Guard = () => {},
  ): Promise<void> {
    this.requireOpen();
    guard();
    this.requireNone(call);
    const before = this.#underWay;
    const time = before?.time ?? { isOver: false };
    time.isOver = false;
    const done = before?.done ?? run(time);
    this.#underWay = { call, done, time };
    try {
      await this.#within(timeoutMs, call, done);
    } catch (error) {
      time.isOver = isOutOfTime(error);
      throw error;
    } finally {
      // What has come of a call whose time was over is kept for the same call made again: no other one is taken before that.
      if (!time.isOver) this.#underWay = undefined;
    }
  }

  /** One that is under way does nothing more until it is made again. */
  goesOnWhenMadeAgain(call: string, time: CallTime): void {
    this.#underWay = { call, done: undefined, time };
  }

  /** Runs a call that keeps no result for later: it takes until its last request is answered, also where its time is over. */
  async whole(call: string, guard: Guard, run: () => Promise<void>): Promise<void> {
    this.requireOpen();
    guard();
    this.requireNone('');
    const done = run();
    this.#underWay = { call, done, time: { isOver: false } };
    await done.finally(() => (this.#underWay = undefined));
  }

  /** Runs a call behind what the one before has left under way. What is left of it goes on when its time is over. */
  async behind(call: string, timeoutMs: number, run: () => Promise<void>): Promise<void> {
    const before = this.#underWay?.done?.catch(() => {}) ?? Promise.resolve();
    const done = before.then(run).finally(() => {
      if (this.#underWay?.done === done) this.#underWay = undefined;
    });
    this.#underWay = { call, done, time: { isOver: false } };
    await this.#within(timeoutMs, call, done);
  }

  /** No call is taken any more. Resolves when the one that is under way is through. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const under = this.#underWay?.done;
    if (under === undefined) return;
    await under.catch(() => {});
    // Whoever made that call hears of it first.
    await this.#kernel.wait(0, this.#process);
  }

  #within(timeoutMs: number, call: string, done: Promise<void>): Promise<void> {
    return inTime(timeoutMs, done, { kernel: this.#kernel, process: this.#process, call });
  }
}

function isOutOfTime(error: unknown): boolean {
  return error instanceof KafkaError && error.code === '_TIMED_OUT';
}

// What is asked of a cluster outside of any partition: one question at a time, each in short attempts up to its own deadline.
// Owns the admin client. That sticks to the broker which it once took for the controller or for a leader, also when it is
// dead or has become somebody else; a new one asks anew. Nobody else calls it or closes it, so none is used or closed twice.

import { KafkaError, unanswered } from '../../ports/kafka.js';
import { retriable } from './kafka-error.js';
import type { RawAdmin } from './raw-client.js';
import { threadGate } from './threads.js';

/** One attempt: a call of this client, with this much time. */
export type Attempt<T> = (raw: RawAdmin, timeoutMs: number) => Promise<T>;

export interface AskOptions {
  readonly doing: string;
  /** Until when attempts are begun, the wait for the questions before it included. */
  readonly withinMs: number;
  /** Default 1 s: a process that is told to stop waits for the attempt that is under way. */
  readonly attemptMs?: number;
  /** Whether there is nothing to wait for, asked after each attempt without an answer. Default: never. */
  readonly isHopeless?: () => boolean;
}

export class AdminCalls {
  readonly #open: () => RawAdmin;
  #raw: RawAdmin;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;
  /** Attempts of this client that had no answer, and how many clients had none before it. */
  #missed = 0;
  #givenUp = 0;

  constructor(open: () => RawAdmin) {
    this.#open = open;
    this.#raw = open();
  }

  /** Rejects with what the brokers answer, or with a retriable error where they do not. */
  ask<T>(options: AskOptions, attempt: Attempt<T>): Promise<T> {
    const deadline = performance.now() + options.withinMs;
    // The client holds a lock over each call, and each holds a thread (E14): side by side they would only wait in there.
    const asked = this.#lastTurn.then(() => this.#askUntil(deadline, options, attempt));
    this.#lastTurn = asked.catch(() => {});
    return asked;
  }

  /** Waits for the attempt that is under way: the client's disconnect would, and the whole thread with it. */
  close(): Promise<void> {
    this.#closed ??= this.#lastTurn.then(() => this.#raw.disconnect());
    return this.#closed;
  }

  async #askUntil<T>(deadline: number, options: AskOptions, attempt: Attempt<T>): Promise<T> {
    const { doing, withinMs, attemptMs = 1000, isHopeless } = options;
    let error = new KafkaError('_TIMED_OUT', `${doing}: not asked within ${withinMs} ms`, { retriable: true });
    for (;;) {
      if (this.#closed) throw new KafkaError('_DESTROY', `${doing}: the client is closed`, { fatal: true });
      if (performance.now() >= deadline) throw error;
      try {
        const answer = await threadGate.run(() => {
          // The wait for a thread counts, too.
          if (performance.now() >= deadline) throw error;
          return attempt(this.#raw, Math.min(attemptMs, withinMs));
        });
        this.#missed = this.#givenUp = 0;
        return answer;
      } catch (failure) {
        if (!(failure instanceof KafkaError)) throw failure;
        error = this.#learn(failure);
        if (!unanswered.has(error.code) || isHopeless?.()) throw error;
      }
    }
  }

  #learn(error: KafkaError): KafkaError {
    if (staleLeader.has(error.code)) this.#renew();
    else if (!unanswered.has(error.code)) return error;
    // Each has a little longer than the one before: one that is replaced before its connections are up never answers.
    else if (++this.#missed > this.#givenUp / 2) {
      this.#givenUp++;
      this.#renew();
    }
    return retriable(error);
  }

  #renew(): void {
    this.#missed = 0;
    if (this.#closed) return;
    const stale = this.#raw;
    try {
      this.#raw = this.#open();
    } catch {
      // No thread or descriptor is left for another one: the old one is asked again.
      return;
    }
    stale.disconnect();
  }
}

const staleLeader: ReadonlySet<string> = new Set([
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  '_NOENT',
  '_LEADER_NOT_AVAILABLE',
]);

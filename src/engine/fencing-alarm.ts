// E9: to be fenced once proves nothing: a process is that slept through its own replacement. Who is fenced again and again
// shares a transactional id with somebody who is not of its group: the two take the id from each other and neither gets on.
// Counts the fencings of one task; what is done about each is not decided here. The broker fences a transaction for its age as
// well: what is as old as that counts for nothing.

import type { Limits } from '../core/defaults.js';
import type { TransactionalId } from '../core/ids.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import { KafkaError } from '../ports/kafka.js';

export interface FencingAlarmSetup {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly transactionalId: TransactionalId;
  readonly groupId: string;
}

export class FencingAlarm {
  readonly #setup: FencingAlarmSetup;
  /** When it was fenced, and nobody has been told yet. */
  #fencedMs: number[] = [];
  #raisedMs = Number.NEGATIVE_INFINITY;
  #begunMs = Number.NEGATIVE_INFINITY;

  constructor(setup: FencingAlarmSetup) {
    this.#setup = setup;
  }

  /** A transaction begins. */
  begun(): void {
    this.#begunMs = this.#setup.clock.monotonicMs();
  }

  /** Takes note of a call that failed. Gives back the alarm that it raises: one in a window at most. */
  heard(error: Error): ProcessorError | undefined {
    if (!(error instanceof KafkaError) || !error.fenced) return undefined;
    const { clock, limits, transactionalId, groupId } = this.#setup;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#begunMs >= limits.transactionTimeoutMs) return undefined;
    const isRecent = (atMs: number): boolean => nowMs - atMs < limits.fencingWindowMs;
    this.#fencedMs = [...this.#fencedMs.filter(isRecent), nowMs];
    if (this.#fencedMs.length < limits.fencingsMax || isRecent(this.#raisedMs)) return undefined;
    this.#raisedMs = nowMs;
    return new ProcessorError(
      'PRC_FENCED_REPEATEDLY',
      { id: transactionalId, times: this.#fencedMs.length, seconds: limits.fencingWindowMs / 1000, group: groupId },
      { cause: error },
    );
  }
}

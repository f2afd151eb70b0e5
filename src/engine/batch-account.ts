// What became of a task's batch, said as facts: how long its handlers and its commit took, what lasts, what was dropped.

import type { TaskState } from '../core/task/state.js';
import { isSettledAt } from '../core/task/table.js';
import type { Clock } from '../ports/clock.js';
import type { FactOfTask } from './facts.js';
import type { Task } from './task.js';

export class BatchAccount {
  readonly #task: Task;
  readonly #clock: Clock;
  readonly #tell: (fact: FactOfTask) => void;
  #startedMs = 0;
  #handledMs = 0;

  constructor(task: Task, clock: Clock, tell: (fact: FactOfTask) => void) {
    this.#task = task;
    this.#clock = clock;
    this.#tell = tell;
  }

  started(): void {
    this.#startedMs = this.#clock.monotonicMs();
  }

  handled(): void {
    this.#handledMs = this.#clock.monotonicMs();
  }

  committed(state: TaskState): void {
    if (state.kind === 'committing') this.#lasts(state.span.end);
  }

  /** E8: the committed offset says what became of a batch whose outcome was unknown. */
  found(state: TaskState, committed: number | undefined): void {
    if (state.kind !== 'recovering' || committed === undefined || !isSettledAt(state, committed)) return;
    // The claim of an at-most-once batch says nothing about its outputs.
    if (state.guarantee === 'at-most-once') this.#dropped(this.#task.batch?.settle(state.span.end) ?? 0);
    else this.#lasts(state.span.end);
  }

  aborted(): void {
    this.#tell({ fact: 'batch-aborted', reason: this.#task.isOpen ? 'a call failed' : 'the partition was lost' });
  }

  /** The batch is given up. A task that goes on from an older position reads it again, except what was claimed before. */
  givenUp(state: TaskState): void {
    if (state.guarantee === 'at-most-once' && state.kind !== 'idle') this.#dropped(this.#task.batch?.records ?? 0);
  }

  #lasts(end: number): void {
    const { batch, outputs } = this.#task;
    if (batch === undefined) return;
    this.#tell({
      fact: 'batch-committed',
      records: batch.settle(end),
      outputs: outputs.batch.length,
      end,
      handleMs: this.#handledMs - this.#startedMs,
      commitMs: this.#clock.monotonicMs() - this.#handledMs,
    });
  }

  #dropped(records: number): void {
    if (records > 0) this.#tell({ fact: 'records-dropped', records });
  }
}

// What became of a task's batch, said as facts and to its trace: how long its handlers and its commit took, what lasts, what was
// dropped.

import type { TaskState } from '../core/task/state.js';
import { isSettledAt } from '../core/task/table.js';
import type { Clock } from '../ports/clock.js';
import type { BatchTrace } from '../ports/tracing.js';
import type { FactOfTask } from './facts.js';
import { OwnershipLost } from './failures.js';
import type { Task } from './task.js';
import { noneTreated, type Treated } from './treatment.js';

export class BatchAccount {
  readonly #task: Task;
  readonly #clock: Clock;
  readonly #tell: (fact: FactOfTask) => void;
  #startedMs = 0;
  #handledMs = 0;
  #treated: Treated = noneTreated();
  #trace: BatchTrace | undefined;
  /** Why the batch may come to nothing. */
  #failure: Error | undefined;

  constructor(task: Task, clock: Clock, tell: (fact: FactOfTask) => void) {
    this.#task = task;
    this.#clock = clock;
    this.#tell = tell;
  }

  started(trace: BatchTrace | undefined): void {
    this.#endTrace();
    this.#trace = trace;
    this.#failure = undefined;
    this.#startedMs = this.#clock.monotonicMs();
  }

  handled(treated: Treated): void {
    this.#treated = treated;
    this.#handledMs = this.#clock.monotonicMs();
  }

  /** Its first record waits for a retry: nothing of it is settled. */
  postponed(): void {
    this.#endTrace(new Error('its first record waits for a retry'));
  }

  /** A handler or a call failed. What comes of that is told by the others. */
  failed(error: Error): void {
    this.#failure ??= error;
    if (this.#task.state.kind === 'processing') this.#endTrace();
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
    this.#endTrace();
    this.#tell({ fact: 'batch-aborted', reason: this.#task.isOpen ? 'a call failed' : 'the partition was lost' });
  }

  /** The batch is given up. A task that goes on from an older position reads it again, except what was claimed before. */
  givenUp(state: TaskState): void {
    this.#endTrace();
    if (state.guarantee === 'at-most-once' && state.kind !== 'idle') this.#dropped(this.#task.batch?.records ?? 0);
  }

  #lasts(end: number): void {
    const { batch, outputs } = this.#task;
    if (batch === undefined) return;
    const records = batch.settle(end);
    this.#trace?.committed(records);
    this.#trace = undefined;
    this.#tell({
      fact: 'batch-committed',
      records,
      outputs: outputs.batch.length,
      end,
      handleMs: this.#handledMs - this.#startedMs,
      commitMs: this.#clock.monotonicMs() - this.#handledMs,
      ...this.#treated,
    });
  }

  /** A batch that is neither committed nor failed was taken from its task. */
  #endTrace(error: Error = this.#failure ?? new OwnershipLost('the partition was given up')): void {
    this.#trace?.failed(error);
    this.#trace = undefined;
  }

  #dropped(records: number): void {
    if (records > 0) this.#tell({ fact: 'records-dropped', records });
  }
}

// One task at work: its state, its queue, its batch and its outputs. `dispatch` is where events become moves
// (core/task/table); perform.ts does what a move wants done. The runner owns tasks; the reader feeds their queues.

import { isFull, lingerMs } from '../core/batch-policy.js';
import type { Limits } from '../core/defaults.js';
import type { TopicPartition } from '../core/ids.js';
import type { TaskEffect } from '../core/task/effect.js';
import type { TaskEvent } from '../core/task/event.js';
import { newTask, type TaskState } from '../core/task/state.js';
import { step } from '../core/task/step.js';
import { opening } from '../core/task/table.js';
import type { Guarantee } from '../core/topology.js';
import type { Clock } from '../ports/clock.js';
import type { RecordBatch } from '../ports/record-batch.js';
import type { TaskFact } from './facts.js';
import type { Outputs } from './outputs.js';
import { RecordQueue, TaskBatch } from './task-batch.js';

export interface TaskSetup {
  readonly partition: TopicPartition;
  /** What its facts say of it. */
  readonly about: TaskFact;
  readonly guarantee: Guarantee;
  readonly limits: Limits;
  readonly outputs: Outputs;
  /** Performs effects one after another and dispatches what comes of them. Never rejects. */
  readonly perform: (task: Task, effects: readonly TaskEffect[]) => void;
  /** A move that must not happen: a defect of the engine. */
  readonly onDefect: (error: unknown) => void;
  readonly clock: Clock;
}

export class Task {
  readonly partition: TopicPartition;
  readonly about: TaskFact;
  readonly queue = new RecordQueue();
  /** The records that are being handled or settled. */
  batch: TaskBatch | undefined;
  /** What their handlers have emitted. */
  readonly outputs: Outputs;
  /** How long the task may take to finish what is under way once its partition is revoked (E5). */
  finishTimeoutMs: number;
  /** Counts what makes earlier deliveries void: the reader delivers only what was read under the current one (E3). */
  readVersion = 0;
  paused = false;
  readonly closed: Promise<void>;
  readonly #setup: TaskSetup;
  #state: TaskState;
  #lost = false;
  /** When its last transaction was through. */
  #committedMs = Number.NEGATIVE_INFINITY;
  #isLingering = false;
  #resolveClosed: () => void = () => {};

  constructor(setup: TaskSetup) {
    this.#setup = setup;
    this.partition = setup.partition;
    this.about = setup.about;
    this.outputs = setup.outputs;
    this.finishTimeoutMs = setup.limits.revokeTimeoutMs;
    this.#state = newTask(setup.guarantee);
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
  }

  get state(): TaskState {
    return this.#state;
  }

  /** Whether this task may still act on its partition: the ownership epoch of E4. */
  get isOpen(): boolean {
    return !this.#lost && this.#state.kind !== 'closed' && this.#state.kind !== 'failed';
  }

  open(): void {
    this.#setup.perform(this, opening);
  }

  dispatch(event: TaskEvent): void {
    if (event.kind === 'lost') this.#lost = true;
    if (event.kind === 'committed') this.#committedMs = this.#setup.clock.monotonicMs();
    try {
      const { state, effects } = step(this.#state, event);
      this.#state = state;
      if (state.kind === 'closed') this.#resolveClosed();
      if (effects.length > 0) this.#setup.perform(this, effects);
      // What was handled is settled: it counts no more (E22).
      if (state.kind === 'idle' || state.kind === 'waiting') this.outputs.batch.clear();
      if (state.kind === 'idle') this.#takeBatch();
    } catch (error) {
      this.#setup.onDefect(error);
    }
  }

  /** Records for this task; they wait until it is idle. */
  deliver(batch: RecordBatch): void {
    this.queue.push(batch);
    if (this.#state.kind === 'idle') this.#takeBatch();
  }

  /** The bytes that it holds, waiting and being handled (E22). */
  get bytesHeld(): number {
    return this.queue.bytes + (this.batch?.bytes ?? 0) + this.outputs.batch.sink.position;
  }

  /** Adds what waits to the batch, as far as it has room. Gives back whether it got anything. */
  extend(): boolean {
    const { batch } = this;
    if (batch === undefined) return false;
    const { limits, clock } = this.#setup;
    let got = false;
    while (!isFull(batch.size(this.outputs.batch.sink.position, clock.monotonicMs()), limits)) {
      const slice = this.queue.take(limits.batchRecordsMax - batch.records);
      if (slice === undefined) break;
      batch.add(slice);
      got = true;
    }
    return got;
  }

  #takeBatch(): void {
    if (this.queue.isEmpty || this.#state.kind !== 'idle' || this.#lingers()) return;
    this.batch = new TaskBatch(this.#setup.clock.monotonicMs());
    this.extend();
    this.dispatch({ kind: 'batch', span: { first: this.batch.first, end: this.batch.end } });
  }

  /** Whether what waits is not taken yet; it is when the time has come, or more has. */
  #lingers(): boolean {
    const { limits, clock, guarantee } = this.#setup;
    if (guarantee !== 'exactly-once') return false;
    const { records, bytes } = this.queue;
    const ms = lingerMs({ records, bytes, ageMs: 0 }, clock.monotonicMs() - this.#committedMs, limits);
    if (ms === 0 || this.#isLingering) return ms > 0;
    this.#isLingering = true;
    clock.timer(ms, () => {
      this.#isLingering = false;
      this.#takeBatch();
    });
    return true;
  }
}

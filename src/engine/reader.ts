// Reads for all tasks of a processor. The only caller of the consumer's assign, unassign, rewind, pause and resume, and
// only between two polls (E3): whatever others want is noted and done here. Owns the loop and nothing else; tasks belong
// to the runner, which decides what an assignment means.

import type { Limits } from '../core/defaults.js';
import { partitionKey, type TopicPartition, type TopicPartitionOffset } from '../core/ids.js';
import type { Clock } from '../ports/clock.js';
import type { Consumer, Rebalance } from '../ports/kafka.js';
import { bytesHeld, type RecordBatch } from '../ports/record-batch.js';
import type { Task } from './task.js';

export interface ReaderSetup {
  readonly consumer: Consumer;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Opens tasks for new partitions. They ask for records by `readFrom` when they are ready. */
  readonly assigned: (partitions: readonly TopicPartition[]) => void;
  /** Resolves when the tasks of these partitions have finished or given up what was under way (E5). */
  readonly revoked: (partitions: readonly TopicPartition[]) => Promise<void>;
  /** Nothing may be finished any more. */
  readonly lost: (partitions: readonly TopicPartition[]) => void;
  /** Whether some task is about to ask for records. */
  readonly isOpening: () => boolean;
  readonly paused: (task: Task, bytes: number) => void;
  readonly resumed: (task: Task) => void;
  /** Partitions that have been standing for longer than they should (E20). */
  readonly standing: (stands: readonly Standing[]) => void;
}

/** A task whose partition stands still, and where. */
export interface Standing {
  readonly task: Task;
  readonly position: number;
}

/** What a partition is being read for. Changes between two polls only. */
interface Reading {
  readonly task: Task;
  readonly version: number;
  /** Behind the last record that came, or where the first one was asked for. */
  reached: number;
  position: number | undefined;
  sinceMs: number;
}

export class Reader {
  readonly #setup: ReaderSetup;
  readonly #readings = new Map<string, Reading>();
  readonly #wanted = new Map<string, { readonly task: Task; readonly position: number }>();
  readonly #rebalances: Rebalance[] = [];
  #draining: 'no' | 'under way' | 'done' = 'no';
  #stopped = false;
  #recordBytes = 256;
  #lookedMs: number;

  constructor(setup: ReaderSetup) {
    this.#setup = setup;
    this.#lookedMs = setup.clock.monotonicMs();
  }

  /** Called by the consumer while a poll is under way. */
  rebalanced(event: Rebalance): void {
    this.#rebalances.push(event);
    // A loss is known at once to everybody who might be about to send (E4); what it takes to answer it can wait.
    if (event.kind === 'lost') this.#setup.lost(event.partitions);
  }

  /** Deliver the task's partition from here on; what was read before is void. */
  readFrom(task: Task, position: number): void {
    task.readVersion++;
    task.queue.clear();
    this.#wanted.set(partitionKey(task.partition), { task, position });
  }

  /** Where the task's partition is read next, as it was noted a second ago at most; undefined before its first record. */
  positionOf(task: Task): number | undefined {
    const reading = this.#readings.get(partitionKey(task.partition));
    return reading?.task === task && reading.version === task.readVersion ? reading.position : undefined;
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Resolves after `stop`; rejects if the consumer breaks its contract. */
  async run(): Promise<void> {
    const { consumer, clock } = this.#setup;
    while (!this.#stopped) {
      this.#answerRebalance();
      this.#startReading();
      const held = this.#throttle();
      this.#lookForStandstill();
      for (const batch of await consumer.poll(this.#recordsMax(held), this.#timeoutMs())) this.#route(batch);
      // On a busy thread an event of the group is heard after the poll that raised it: it must be, before anything moves.
      await clock.turn();
    }
  }

  #answerRebalance(): void {
    const [event] = this.#rebalances;
    if (event === undefined) return;
    const { consumer, assigned, revoked } = this.#setup;
    switch (event.kind) {
      case 'assigned':
        this.#rebalances.shift();
        consumer.accept();
        assigned(event.partitions);
        return;
      case 'revoked':
        if (this.#draining === 'no') {
          this.#draining = 'under way';
          void revoked(event.partitions).then(() => (this.#draining = 'done'));
        }
        if (this.#draining !== 'done') return;
        this.#draining = 'no';
        break;
      case 'lost':
    }
    this.#rebalances.shift();
    consumer.unassign(event.partitions.filter((partition) => this.#readings.delete(partitionKey(partition))));
    for (const partition of event.partitions) this.#wanted.delete(partitionKey(partition));
  }

  #startReading(): void {
    // The client takes any unassign for the answer to a revocation, and a rewind is one: it would end the wait (E5).
    if (this.#rebalances.length > 0) return;
    const { consumer, clock } = this.#setup;
    const starts: TopicPartitionOffset[] = [];
    for (const [key, { task, position }] of this.#wanted) {
      if (task.isOpen) {
        const start = { ...task.partition, offset: position };
        if (this.#readings.has(key)) consumer.rewind(start);
        else starts.push(start);
        this.#readings.set(key, {
          task,
          version: task.readVersion,
          reached: position,
          position: undefined,
          sinceMs: clock.monotonicMs(),
        });
        task.paused = false;
      }
      this.#wanted.delete(key);
    }
    // Together: an eager group has all its partitions assigned anew for each call.
    if (starts.length > 0) consumer.assign(starts);
  }

  #route(batch: RecordBatch): void {
    const reading = this.#readings.get(partitionKey(batch));
    this.#recordBytes += (bytesHeld(batch) / batch.length - this.#recordBytes) * 0.1;
    // E3: what was read for another task, or before the position changed, is dropped whatever its offset.
    if (reading === undefined || !reading.task.isOpen || reading.version !== reading.task.readVersion) return;
    reading.reached = reachedBy(batch, reading.reached);
    reading.sinceMs = this.#setup.clock.monotonicMs();
    reading.position = batch.endPosition;
    reading.task.deliver(batch);
  }

  /** E22: pauses partitions whose queues are full, all of them where the sum is too large. Gives back that sum. */
  #throttle(): number {
    const { consumer, limits, paused, resumed } = this.#setup;
    let held = 0;
    for (const { task } of this.#readings.values()) held += task.bytesHeld;
    const full = held > limits.processorBytesMax;
    for (const { task } of this.#readings.values()) {
      const { bytes } = task.queue;
      // What waits for a retry takes nothing from its queue: it must not fill what the others need to go on.
      const mark = task.state.kind === 'waiting' ? limits.partitionBytesLow : limits.partitionBytesMax;
      if (!task.paused && (full || bytes > mark)) {
        consumer.pause([task.partition]);
        task.paused = true;
        paused(task, bytes);
      } else if (task.paused && !full && bytes < limits.partitionBytesLow) {
        consumer.resume([task.partition]);
        task.paused = false;
        resumed(task);
      }
    }
    return held;
  }

  /** As many records as fit below the marks, by the mean size so far; at least one, so that events come through. */
  #recordsMax(held: number): number {
    const { limits } = this.#setup;
    if (held > limits.processorBytesMax) return 1;
    return Math.max(
      1,
      Math.min(limits.pollRecordsMax, Math.floor(limits.batchBytesMax / Math.max(1, this.#recordBytes))),
    );
  }

  /** Short while somebody waits for what only happens between polls. */
  #timeoutMs(): number {
    return this.#rebalances.length > 0 || this.#wanted.size > 0 || this.#setup.isOpening() ? soonMs : idleMs;
  }

  /** E20: consume errors are swallowed by the client, so a partition that stands still is looked into. */
  #lookForStandstill(): void {
    const { clock, consumer, limits, standing } = this.#setup;
    const now = clock.monotonicMs();
    if (now - this.#lookedMs < limits.stallMs / 10) return;
    this.#lookedMs = now;
    const stands: Standing[] = [];
    for (const reading of this.#readings.values()) {
      const { task } = reading;
      const position = consumer.position(task.partition) ?? reading.position;
      if (position !== reading.position || task.paused || task.state.kind !== 'idle') {
        reading.position = position;
        reading.sinceMs = now;
      } else if (now - reading.sinceMs >= limits.stallMs / 2) {
        // Half of the time, because what is seen once may be over in a moment: the runner acts when it is seen twice.
        reading.sinceMs = now;
        stands.push({ task, position: position ?? task.state.position });
      }
    }
    if (stands.length > 0) standing(stands);
  }
}

/** E3: within one version each record comes once; one that came again could be handled twice in one batch. */
function reachedBy(batch: RecordBatch, before: number): number {
  const { offset } = batch.columns;
  let reached = before;
  for (let i = 0; i < batch.length; i++) {
    const next = offset[i] as number;
    if (next < reached) throw new Error(`E3: ${partitionKey(batch)} was read up to ${reached}, and ${next} came again`);
    reached = next + 1;
  }
  return reached;
}

/** How long a poll waits for its first record. Events of the group come through meanwhile, but are answered after it. */
const idleMs = 100;
const soonMs = 5;

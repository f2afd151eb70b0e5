// The tasks of a driver's processors, from what the engine tells: which are open, how far each has got, and which record it will try
// again later.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { Fact, TaskFact } from '../engine/facts.js';

interface HeardTask {
  readonly instance: string;
  /** Tells it from the one before it, which may close behind it. */
  readonly ownershipEpoch: number;
  /** Everything before this offset is done. */
  reached: number;
  waiting: { readonly offset: number; readonly untilMs: number } | undefined;
}

export interface HeardAt {
  /** Virtual. */
  readonly nowMs: number;
  /** Longer waits are left for `advance`. */
  readonly waitMsMax: number;
  /** What the group has committed of a partition. */
  readonly committed: (processor: string, partition: TopicPartition) => number;
}

export class HeardTasks {
  /** By processor and partition. */
  readonly #tasks = new Map<string, HeardTask>();

  hear(instance: string, fact: Fact, { nowMs, waitMsMax, committed }: HeardAt): void {
    if (fact.fact === 'task-opened') {
      const { ownershipEpoch, position } = fact;
      this.#tasks.set(keyOf(fact.processor, fact), { instance, ownershipEpoch, reached: position, waiting: undefined });
      return;
    }
    const task = 'ownershipEpoch' in fact ? this.#taskOf(instance, fact) : undefined;
    if (task === undefined) return;
    if (fact.fact === 'task-closed') this.#tasks.delete(keyOf(fact.processor, fact));
    if (fact.fact === 'batch-committed') task.reached = fact.end;
    // What at-most-once has claimed is done also where nothing has come of it.
    if (fact.fact === 'records-dropped') task.reached = committed(fact.processor, fact);
    if (fact.fact === 'retry-scheduled')
      task.waiting = fact.waitMs > waitMsMax ? { offset: fact.offset, untilMs: nowMs + fact.waitMs } : undefined;
  }

  /** Its process is gone, and tells nothing more. */
  forget(instance: string): void {
    for (const [key, task] of this.#tasks) if (task.instance === instance) this.#tasks.delete(key);
  }

  /** The instance that has opened it; undefined where none has. */
  ownerOf(processor: string, partition: TopicPartition): string | undefined {
    return this.#tasks.get(keyOf(processor, partition))?.instance;
  }

  /** Whether it has opened anything. */
  isOwner(instance: string): boolean {
    for (const task of this.#tasks.values()) if (task.instance === instance) return true;
    return false;
  }

  /** Up to where a task is done; undefined where none is open. */
  reached(processor: string, partition: TopicPartition): number | undefined {
    return this.#tasks.get(keyOf(processor, partition))?.reached;
  }

  /** The offset of the record that waits to be tried again; undefined where none does. */
  waitsAt(processor: string, partition: TopicPartition, nowMs: number): number | undefined {
    const waiting = this.#tasks.get(keyOf(processor, partition))?.waiting;
    return waiting !== undefined && waiting.untilMs > nowMs ? waiting.offset : undefined;
  }

  #taskOf(instance: string, fact: TaskFact): HeardTask | undefined {
    const task = this.#tasks.get(keyOf(fact.processor, fact));
    return task?.instance === instance && task.ownershipEpoch === fact.ownershipEpoch ? task : undefined;
  }
}

function keyOf(processor: string, partition: TopicPartition): string {
  return `${processor} ${partitionKey(partition)}`;
}

// A whole run, gathered from the histories of its processes. Knows what was told and no rules.

import type { HistoryEvent, TaskEvent, TaskName } from '../history.js';
import { LogBatches, Records } from './columns.js';

/** A transaction that an instance got as far as handing its offset over, or further. */
export interface Attempt {
  readonly process: string;
  /** The input records that it covers. */
  readonly first: number;
  readonly end: number;
  /** When its commit was asked for; infinite if it was not, as far as is known. */
  commitMs: number;
  /** When the engine held it to be committed; infinite if it did not, as far as is known. */
  committedMs: number;
  /** How many records the engine says it handled; only of those that it holds to be committed. */
  records: number;
}

/** What the group's offset of one partition was known to be. */
export interface SeenOffset {
  /** It was asked for not before this … */
  readonly atMs: number;
  /** … and was known at this time: what begins in between may come before it or after it. */
  readonly knownMs: number;
  readonly offset: number;
  /** Asked from outside, or by a task that began there. */
  readonly by: 'harness' | 'task';
  /** Whether it was waited for what was acknowledged and not there yet. */
  readonly isSettled: boolean;
}

export interface Progress {
  readonly atMs: number;
  readonly offsets: readonly number[];
  readonly ends: readonly number[];
}

export interface Disaster {
  readonly kind: string;
  readonly target: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly boundMs: number;
}

export class Ledger {
  readonly written: Map<string, Records[]> = new Map();
  readonly finally: Map<string, Records[]> = new Map();
  readonly during: Map<string, Records[]> = new Map();
  readonly logs: Map<string, LogBatches[]> = new Map();
  readonly disasters: Disaster[] = [];
  readonly members: Map<string, number> = new Map();
  readonly ends: Map<string, { readonly stable: readonly number[]; readonly high: readonly number[] }> = new Map();
  readonly progress: Map<string, Progress[]> = new Map();
  isDrained = false;
  /** How often each kind of event was told. */
  readonly counts: Map<string, number> = new Map();
  readonly #attempts = new Map<string, Attempt[]>();
  readonly #seen = new Map<string, SeenOffset[]>();
  /** By process and task: where it stands, and its transaction. */
  readonly #tasks = new Map<string, { position: number; attempt: Attempt | undefined }>();
  /** How many events a process told, and how many it had told when it was gone. */
  readonly #told = new Map<string, { processors: Set<string>; events: number; ended: number | undefined }>();

  /** Takes the next event of a process; each process's own in their order, the processes in any order. */
  take(process: string, event: HistoryEvent): void {
    const told = this.#toldBy(process);
    told.events++;
    const kind = event.event === 'noted' ? event.what : event.event;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if ('processor' in event) {
      told.processors.add(event.processor);
      this.#takeTask(process, event);
      return;
    }
    switch (event.event) {
      case 'written':
        at(this.written, event.topic, event.partition, newRecords).add(event, event.atMs);
        return;
      case 'read': {
        const when = event.when === 'during' ? this.during : this.finally;
        at(when, event.topic, event.partition, newRecords).add(event, event.atMs);
        return;
      }
      case 'log': {
        const log = at(this.logs, event.topic, event.partition, () => new LogBatches());
        for (const batch of event.batches) log.add(...batch);
        return;
      }
      case 'disaster':
        this.disasters.push({ ...event, untilMs: event.atMs });
        return;
      case 'ended':
        this.#toldBy(event.process).ended = event.events;
        return;
      case 'progress':
        listOf(this.progress, event.group).push(event);
        event.offsets.forEach((offset, partition) => {
          if (offset < 0) return;
          const task = { processor: event.group, topic: event.topic, partition };
          listOf(this.#seen, keyOf(task)).push({
            atMs: event.atMs,
            knownMs: event.answeredMs,
            offset,
            by: 'harness',
            isSettled: event.isSettled,
          });
        });
        return;
      case 'drained':
        this.isDrained = true;
        return;
      case 'members':
        this.members.set(event.group, event.count);
        return;
      case 'ends':
        this.ends.set(event.topic, event);
        return;
      case 'rebalanced':
      case 'failed':
        return;
    }
  }

  /** The transactions of a task, whoever owned it, in no order. */
  attempts(task: TaskName): readonly Attempt[] {
    return this.#attempts.get(keyOf(task)) ?? [];
  }

  /** What was seen of a task's committed offset, in the order of time. */
  seen(task: TaskName): readonly SeenOffset[] {
    return (this.#seen.get(keyOf(task)) ?? []).toSorted((a, b) => a.atMs - b.atMs);
  }

  /** The last known offset of the group; undefined where it has none. */
  committed(task: TaskName): number | undefined {
    return this.seen(task).findLast(({ by }) => by === 'harness')?.offset;
  }

  /** Whether all that this processor's instances ever did is known: no history lacks its tail. */
  isWhole(processor: string): boolean {
    // A process whose history was cut down to nothing could have been of any processor.
    return [...this.#told.values()].every(
      ({ processors, events, ended }) => ended === events || (ended === undefined && !processors.has(processor)),
    );
  }

  #takeTask(process: string, event: { readonly atMs: number } & TaskEvent): void {
    const key = `${process} ${keyOf(event)}`;
    const task = this.#tasks.get(key) ?? { position: 0, attempt: undefined };
    this.#tasks.set(key, task);
    switch (event.event) {
      case 'opened':
        task.position = event.position;
        task.attempt = undefined;
        listOf(this.#seen, keyOf(event)).push({
          atMs: event.atMs,
          knownMs: event.atMs,
          offset: event.position,
          by: 'task',
          isSettled: true,
        });
        return;
      case 'offsets':
        task.attempt = {
          process,
          first: task.position,
          end: event.end,
          commitMs: Number.POSITIVE_INFINITY,
          committedMs: Number.POSITIVE_INFINITY,
          records: 0,
        };
        listOf(this.#attempts, keyOf(event)).push(task.attempt);
        return;
      case 'commit':
        if (task.attempt) task.attempt.commitMs = Math.min(task.attempt.commitMs, event.atMs);
        return;
      case 'committed':
        if (task.attempt?.end === event.end) {
          task.attempt.committedMs = event.atMs;
          task.attempt.records = event.records;
        }
        task.position = event.end;
        return;
      case 'abort':
      case 'closed':
      case 'call-failed':
      case 'noted':
        return;
    }
  }

  #toldBy(process: string): { processors: Set<string>; events: number; ended: number | undefined } {
    const told = this.#told.get(process) ?? { processors: new Set(), events: 0, ended: undefined };
    this.#told.set(process, told);
    return told;
  }
}

function keyOf({ processor, topic, partition }: TaskName): string {
  return `${processor} ${topic}/${partition}`;
}

function newRecords(): Records {
  return new Records();
}

function at<Entry>(map: Map<string, Entry[]>, topic: string, partition: number, make: () => Entry): Entry {
  const partitions = listOf(map, topic);
  while (partitions.length <= partition) partitions.push(make());
  return partitions[partition] as Entry;
}

function listOf<Entry>(map: Map<string, Entry[]>, key: string): Entry[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  return list;
}

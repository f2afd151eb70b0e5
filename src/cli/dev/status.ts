// How the processors are doing: counted from the engine's facts in the child, put into words by its parent. Pure.

import { partitionKey, type TopicPartition } from '../../core/ids.js';
import type { Fact } from '../../engine/facts.js';
import { table } from '../table.js';

/** Counts are since the child began. */
export interface Status {
  readonly in: number;
  readonly out: number;
  /** Batches that last: transactions, for processors that are exactly-once. */
  readonly commits: number;
  readonly aborts: number;
  readonly deadLetters: number;
  readonly partitions: readonly PartitionStatus[];
}

export interface OpenPartition extends TopicPartition {
  readonly processor: string;
  /** Where the processor goes on. */
  readonly position: number;
}

export interface PartitionStatus extends OpenPartition {
  /** Records up to the last stable offset that are still to be read; null: the brokers have not said. */
  readonly lag: number | null;
}

export type Counts = Omit<Status, 'partitions'>;

/** Counts what one child does. */
export class Meter {
  #counts: Counts = countsOf(() => 0);
  readonly #open = new Map<string, OpenPartition>();

  hear(fact: Fact): void {
    if (fact.fact === 'task-opened') this.#moved(fact, fact.position);
    if (fact.fact === 'task-closed') this.#open.delete(keyOf(fact));
    if (fact.fact === 'batch-aborted') this.#add({ aborts: 1 });
    if (fact.fact !== 'batch-committed') return;
    this.#add({ in: fact.records, out: fact.outputs, commits: 1, deadLetters: sumOf(fact.deadLetters) });
    this.#moved(fact, fact.end);
  }

  /** The partitions that it works on. */
  get open(): readonly OpenPartition[] {
    return [...this.#open.values()];
  }

  /** @param stables the last stable offset of each of `open`, in their order; undefined where the brokers did not say */
  status(open: readonly OpenPartition[], stables: readonly number[] | undefined): Status {
    const partitions = open.map((one, i): PartitionStatus => {
      const stable = stables?.[i];
      // What was committed while the brokers were asked may lie behind their answer.
      return { ...one, lag: stable === undefined ? null : Math.max(0, stable - one.position) };
    });
    return { ...this.#counts, partitions };
  }

  #moved({ processor, topic, partition }: Place, position: number): void {
    this.#open.set(keyOf({ processor, topic, partition }), { processor, topic, partition, position });
  }

  #add(by: Partial<Counts>): void {
    this.#counts = countsOf((name) => this.#counts[name] + (by[name] ?? 0));
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

type Place = Omit<OpenPartition, 'position'>;

function keyOf(place: Place): string {
  return `${place.processor} ${partitionKey(place)}`;
}

/** A status, and how long the one before it was ago. */
export interface Change {
  readonly now: Status;
  /** Undefined: there is none of this child. */
  readonly before: Status | undefined;
  readonly ms: number;
}

/** One line: `in 1,200/s · out 2,400/s · lag 0 · 14 commits · 0 aborts · 0 dead letters`. */
export function statusLine({ now, before, ms }: Change): string {
  const rate = (name: 'in' | 'out'): string => {
    if (before === undefined || ms <= 0) return `${name} ${count(now[name])}`;
    return `${name} ${count(Math.round(((now[name] - before[name]) * 1000) / ms))}/s`;
  };
  const lag = totalLag(now);
  return [
    rate('in'),
    rate('out'),
    `lag ${lag === null ? '?' : count(lag)}`,
    `${count(now.commits)} commits`,
    `${count(now.aborts)} aborts`,
    `${count(now.deadLetters)} dead letters`,
  ].join(' · ');
}

/** Undefined where there is nothing to say since the status before. */
export function summary({ now, before }: Omit<Change, 'ms'>): Counts | undefined {
  const since = countsOf((name) => now[name] - (before?.[name] ?? 0));
  return Object.values(since).some((value) => value > 0) ? since : undefined;
}

function countsOf(of: (name: keyof Counts) => number): Counts {
  return { in: of('in'), out: of('out'), commits: of('commits'), aborts: of('aborts'), deadLetters: of('deadLetters') };
}

/** Null where one of the partitions' is not known. */
export function totalLag({ partitions }: Status): number | null {
  let sum = 0;
  for (const { lag } of partitions) {
    if (lag === null) return null;
    sum += lag;
  }
  return sum;
}

/** A row for each partition, the one with the longest way to go first. */
export function lagTable({ partitions }: Status): string {
  const rows = partitions
    .toSorted((a, b) => (b.lag ?? 0) - (a.lag ?? 0) || a.partition - b.partition)
    .map((one) => [one.processor, partitionKey(one), count(one.position), one.lag === null ? '?' : count(one.lag)]);
  return table([['processor', 'partition', 'position', 'lag'], ...rows]);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

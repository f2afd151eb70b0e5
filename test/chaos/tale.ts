// A history in the hands of a test that spoils it: records and events are looked up and changed by what they mean. Every
// change keeps the histories of instances whole, unless it is their tail that is cut.

import type { Anomaly } from '../../chaos/checker/anomaly.js';
import { check } from '../../chaos/checker/check.js';
import { Ledger } from '../../chaos/checker/ledger.js';
import type { HistoryEvent } from '../../chaos/history.js';
import { partitionCount, steps } from '../../chaos/steps.js';
import { type GoodRun, goodHistory, type Told } from './good-history.js';

export interface Row {
  topic: string;
  partition: number;
  offset: number;
  key: number;
  seq: number;
  payload: number;
  fromPartition: number;
  fromOffset: number;
  fromTopic?: string;
}

type Named<Name extends HistoryEvent['event']> = Extract<HistoryEvent, { readonly event: Name }>;
/** An event of one kind in the hands of whoever spoils it. */
export type EventOf<Name extends HistoryEvent['event']> = Mutable<Named<Name>>;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] extends readonly (infer E)[] ? E[] : T[Key] };

export class Tale {
  told: Told[];

  constructor(run: GoodRun) {
    this.told = [];
    goodHistory(steps, partitionCount, run, (...told) => this.told.push(structuredClone(told)));
  }

  /** Every record of a topic as the last reader was given it. */
  rows(topic: string): Row[] {
    return this.of('read').flatMap((read) => (read.topic === topic && read.when === 'finally' ? rowsOf(read) : []));
  }

  /** All events of one kind, to be changed in place. */
  of<Name extends HistoryEvent['event']>(name: Name): EventOf<Name>[] {
    return this.told.flatMap(([, event]) => (event.event === name ? [event as unknown as EventOf<Name>] : []));
  }

  /** Takes records away, from whoever has read them. */
  drop(topic: string, isDropped: (row: Row) => boolean): void {
    this.#rewrite((rows, event) =>
      event.topic === topic && event.event === 'read' ? rows.filter((row) => !isDropped(row)) : rows,
    );
  }

  /** Changes records wherever they are told of, in `only` one place if it is given. */
  change(
    isMeant: (row: Row) => boolean,
    change: Partial<Row> | ((row: Row) => Partial<Row>),
    only?: 'finally' | 'during' | 'written',
  ): void {
    this.#rewrite((rows, event) => {
      const where = event.event === 'read' ? event.when : 'written';
      if (only !== undefined && where !== only) return rows;
      return rows.map((row) =>
        isMeant(row) ? { ...row, ...(typeof change === 'function' ? change(row) : change) } : row,
      );
    });
  }

  /** One more record at a partition's end, for the last reader alone. */
  append(row: Omit<Row, 'offset'>): void {
    this.#rewrite((rows, event) => {
      if (
        event.event !== 'read' ||
        event.when !== 'finally' ||
        event.topic !== row.topic ||
        event.partition !== row.partition
      )
        return rows;
      return [...rows, { ...row, offset: (rows.at(-1)?.offset ?? 0) + 10 }];
    });
  }

  /** Takes events away as if they had not happened; what the processes are known to have told shrinks with them. */
  forget(isForgotten: (event: HistoryEvent, process: string) => boolean): void {
    this.told = this.told.filter(([process, event]) => !isForgotten(event, process));
    for (const ended of this.of('ended'))
      ended.events = this.told.filter(([process]) => process === ended.process).length;
  }

  /** Cuts a process's history after so many events, as a disk that was full would. */
  cut(process: string, kept: number): void {
    let seen = 0;
    this.told = this.told.filter(([by]) => by !== process || seen++ < kept);
  }

  anomalies(): readonly Anomaly[] {
    const ledger = new Ledger();
    for (const [process, event] of this.told) ledger.take(process, event);
    return check(ledger, steps).anomalies;
  }

  /** The rules that were broken, each once. */
  broken(): string[] {
    return [...new Set(this.anomalies().map(({ rule }) => rule))].sort();
  }

  #rewrite(change: (rows: Row[], event: Named<'read' | 'written'>) => Row[]): void {
    for (const event of [...this.of('read'), ...this.of('written')])
      Object.assign(
        event,
        columnsOf(change(rowsOf(event as Named<'read' | 'written'>), event as Named<'read' | 'written'>)),
      );
  }
}

function rowsOf(event: Named<'read' | 'written'>): Row[] {
  return event.offsets.map((offset, i) => ({
    topic: event.topic,
    partition: event.partition,
    offset,
    key: event.keys[i] as number,
    seq: event.seqs[i] as number,
    payload: event.payloads[i] as number,
    fromPartition: 'fromPartitions' in event ? (event.fromPartitions[i] as number) : -1,
    fromOffset: 'fromOffsets' in event ? (event.fromOffsets[i] as number) : -1,
    ...('fromTopics' in event && event.fromTopics?.[i] !== undefined ? { fromTopic: event.fromTopics[i] } : {}),
  }));
}

function columnsOf(rows: readonly Row[]) {
  return {
    offsets: rows.map(({ offset }) => offset),
    keys: rows.map(({ key }) => key),
    seqs: rows.map(({ seq }) => seq),
    payloads: rows.map(({ payload }) => payload),
    fromPartitions: rows.map(({ fromPartition }) => fromPartition),
    fromOffsets: rows.map(({ fromOffset }) => fromOffset),
    ...(rows.some(({ fromTopic }) => fromTopic !== undefined)
      ? { fromTopics: rows.map(({ fromTopic }) => fromTopic ?? '') }
      : {}),
  };
}

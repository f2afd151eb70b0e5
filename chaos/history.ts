// What every process of a chaos run writes down about itself, one JSON line per event, each process in a file of its own.
// A line is written before what it announces is done and after what it reports has happened, straight to the system, so that
// SIGKILL takes nothing back. What is not written is unknown, never "did not happen".

import { closeSync, openSync, writeSync } from 'node:fs';

/** Which task of which processor: one partition of its input. */
export interface TaskName {
  readonly processor: string;
  readonly topic: string;
  readonly partition: number;
}

/** Records as columns of equal length. A payload of -1 stands for bytes that are no text. */
export interface RecordColumns {
  readonly offsets: readonly number[];
  readonly keys: readonly number[];
  readonly seqs: readonly number[];
  readonly payloads: readonly number[];
}

/** Records that come from other records. */
export interface OutputColumns extends RecordColumns {
  readonly fromPartitions: readonly number[];
  readonly fromOffsets: readonly number[];
  /** In dead letters: the topic that their headers name. */
  readonly fromTopics?: readonly string[];
}

/** The writer of the input: these records are acknowledged. What it sent besides is unknown. */
export interface Written extends RecordColumns {
  readonly event: 'written';
  readonly topic: string;
  readonly partition: number;
}

/** What an instance of a processor does with one of its tasks, told between the engine and the client. */
export type TaskEvent =
  /** A task may work: it reads from this committed offset. */
  | (TaskName & { readonly event: 'opened'; readonly position: number })
  | (TaskName & { readonly event: 'closed' })
  /** This offset is about to be handed to the transaction. */
  | (TaskName & { readonly event: 'offsets'; readonly end: number })
  /** The commit is about to be asked for; told again where the call is repeated. */
  | (TaskName & { readonly event: 'commit' })
  | (TaskName & { readonly event: 'abort' })
  /** The engine holds the batch that ends here to be committed. */
  | (TaskName & { readonly event: 'committed'; readonly end: number; readonly records: number })
  | (TaskName & { readonly event: 'call-failed'; readonly call: string; readonly code: string })
  /** Of interest for the run's figures only. */
  | (TaskName & { readonly event: 'noted'; readonly what: 'producer-replaced' | 'partition-stalled' });

export type InstanceEvent =
  | TaskEvent
  | { readonly event: 'rebalanced'; readonly kind: string; readonly partitions: readonly TaskName[] }
  | { readonly event: 'failed'; readonly code: string; readonly message: string };

/** What read_committed readers are given: while the run goes on, and afterwards from the beginning. */
export interface Read extends OutputColumns {
  readonly event: 'read';
  readonly when: 'during' | 'finally';
  readonly topic: string;
  readonly partition: number;
}

/** The log behind a partition, with what no reader is given. */
export interface LogRead {
  readonly event: 'log';
  readonly topic: string;
  readonly partition: number;
  readonly batches: readonly LogBatch[];
}

export type LogBatch = readonly [first: number, last: number, producerId: number, epoch: number, kind: LogBatchKind];

export const logBatchKinds = ['plain', 'transactional', 'commit marker', 'abort marker'] as const;
export type LogBatchKind = 0 | 1 | 2 | 3;

/** What the harness does and sees. */
export type HarnessEvent =
  /** A disaster that lasted from `sinceMs` to `atMs`; work goes on within the bound after it. */
  | {
      readonly event: 'disaster';
      readonly kind: string;
      readonly target: string;
      readonly sinceMs: number;
      readonly boundMs: number;
    }
  /** A process is gone, and its history had this many events by then. */
  | { readonly event: 'ended'; readonly process: string; readonly events: number; readonly how: string }
  /**
   * Asked at `atMs`, answered at `answeredMs`: the group's offsets by partition (-1: none yet), and the stable ends of its input. A commit is acknowledged a
   * moment before its offset is there for all to see; who asks for what is settled waits for that.
   */
  | {
      readonly event: 'progress';
      readonly answeredMs: number;
      readonly isSettled: boolean;
      readonly group: string;
      readonly topic: string;
      readonly offsets: readonly number[];
      readonly ends: readonly number[];
    }
  /** All input was written and the processors had the time to finish it: from here on what is not there is lost. */
  | { readonly event: 'drained' }
  | { readonly event: 'members'; readonly group: string; readonly count: number }
  | {
      readonly event: 'ends';
      readonly topic: string;
      readonly stable: readonly number[];
      readonly high: readonly number[];
    };

/** `atMs` is the machine's monotonic time, the same for all processes. */
export type HistoryEvent = { readonly atMs: number } & (Written | InstanceEvent | Read | LogRead | HarnessEvent);

type Untimed<Event> = Event extends unknown ? Omit<Event, 'atMs'> : never;
export type UntimedEvent = Untimed<HistoryEvent>;

/** One process's own file. */
export class HistoryFile {
  readonly path: string;
  readonly #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'ax');
  }

  append(event: UntimedEvent, atMs: number = nowMs()): void {
    writeSync(this.#file, `${JSON.stringify({ atMs, ...event })}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The machine's monotonic time in milliseconds, to a tenth. */
export function nowMs(): number {
  return Number(process.hrtime.bigint() / 100_000n) / 10;
}

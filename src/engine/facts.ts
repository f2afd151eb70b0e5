// What happened, as typed data. Logs, metrics and the dashboard listen to facts and never look into the engine; the
// engine decides nothing by them.

import type { TopicPartition } from '../core/ids.js';
import type { LetterExtent } from '../core/task/state.js';
import type { LaneTaken } from '../ports/kafka.js';

export type Fact =
  | {
      readonly fact: 'processor-started';
      readonly processor: string;
      readonly topics: readonly string[];
      readonly guarantee: string;
      /** Absent where the client has one way only. */
      readonly lane?: LaneTaken;
    }
  | { readonly fact: 'processor-stopped'; readonly processor: string }
  | { readonly fact: 'processor-failed'; readonly processor: string; readonly error: Error }
  | {
      readonly fact: 'rebalanced';
      readonly processor: string;
      readonly kind: 'assigned' | 'revoked' | 'lost';
      readonly partitions: readonly TopicPartition[];
    }
  | (TaskFact & { readonly fact: 'task-opened'; readonly position: number; readonly ms: number })
  | (TaskFact & { readonly fact: 'task-closed' })
  /** A batch lasts: its outputs and its offset are visible. */
  | (TaskFact & {
      readonly fact: 'batch-committed';
      readonly records: number;
      readonly outputs: number;
      readonly end: number;
      readonly handleMs: number;
      readonly commitMs: number;
      /** Of its records, those that their policies have dealt with. What was told of attempts that did not last is not in here. */
      readonly deadLetters: FailedCounts;
      readonly skipped: FailedCounts;
    })
  | (TaskFact & { readonly fact: 'batch-aborted'; readonly reason: string })
  /** A call failed; `failure` is what the engine makes of it. */
  | (TaskFact & {
      readonly fact: 'call-failed';
      readonly call: string;
      readonly failure: string;
      readonly error: Error;
    })
  /** The broker's transaction was not where its owner had left it: a late request has got through, or a broker is wrong (E7). */
  | (TaskFact & { readonly fact: 'integrity-alarm'; readonly call: string; readonly error: Error })
  /** Somebody else uses the task's transactional id: the two fence each other (E9). */
  | (TaskFact & { readonly fact: 'fencing-alarm'; readonly error: Error })
  /** The same call is made again, because the client says that it may be (E8). */
  | (TaskFact & { readonly fact: 'call-repeated'; readonly call: string; readonly error: Error })
  /** A producer was given up, and a new one with its id takes over (E8). */
  | (TaskFact & { readonly fact: 'producer-replaced' })
  | (TaskFact & {
      readonly fact: 'retry-scheduled';
      readonly offset: number;
      readonly attempt: number;
      readonly waitMs: number;
      readonly error: Error;
    })
  | (TaskFact & {
      readonly fact: 'record-skipped';
      readonly offset: number;
      readonly failed: FailedPart;
      readonly error: Error;
    })
  | (TaskFact & {
      readonly fact: 'record-dead-lettered';
      readonly offset: number;
      readonly failed: FailedPart;
      readonly error: Error;
      readonly to: string;
      /** `cut`: all but the beginning of its value is lost there; the record itself is still where it was (E21). */
      readonly extent: LetterExtent;
    })
  /** At-most-once gave up records that it had claimed. */
  | (TaskFact & { readonly fact: 'records-dropped'; readonly records: number })
  /** The broker did not take an output of these many records; they are tried in halves (E21). */
  | (TaskFact & { readonly fact: 'batch-refused'; readonly records: number; readonly error: Error })
  | (TaskFact & { readonly fact: 'partition-paused'; readonly bytes: number })
  | (TaskFact & { readonly fact: 'partition-resumed' })
  /** A process has so many partitions that others should share them (E14). */
  | {
      readonly fact: 'tasks-crowded';
      readonly processor: string;
      readonly tasks: number;
      readonly instances: number;
    }
  /** A partition stands still although there are records (E20). */
  | (TaskFact & { readonly fact: 'partition-stalled'; readonly position: number; readonly stable: number })
  /**
   * A quiet partition has records up to `end` that nobody may read yet: the transaction that wrote them has been open for as long
   * as the partition has been quiet. Said once for each position.
   */
  | (TaskFact & { readonly fact: 'records-held-back'; readonly position: number; readonly end: number })
  /** How far the partitions of a processor were from the last stable offset when somebody looked, in offsets. */
  | { readonly fact: 'lag-seen'; readonly processor: string; readonly lags: readonly PartitionLag[] }
  /** Something the client said; no rule depends on it. */
  | {
      readonly fact: 'client-notice';
      readonly processor: string;
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
    };

/** What in a record's treatment failed, and thereby which policy applies. */
export type FailedPart = 'decode' | 'handle' | 'encode';

export type FailedCounts = Readonly<Record<FailedPart, number>>;

export interface PartitionLag extends TopicPartition {
  readonly lag: number;
}

export interface TaskFact extends TopicPartition {
  readonly processor: string;
  /** None where there are no transactions. */
  readonly transactionalId?: string;
  /**
   * How many times this process has been given the partition: it tells a task from the one before it. It is not the epoch of
   * the producer, which the client keeps to itself.
   */
  readonly ownershipEpoch: number;
}

/** What happened to a task, as the task tells it: which one it is is added on the way. */
export type FactOfTask = Fact extends infer F
  ? F extends { readonly partition: number }
    ? Omit<F, keyof TaskFact>
    : never
  : never;

export type FactListener = (fact: Fact) => void;

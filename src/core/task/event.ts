// What can happen to a task. Pure.

import type { BatchSpan } from './state.js';

/** What a failed call means for the task; decided in one place, `engine/classify`. */
export type Failure =
  /** The environment's: the same may work later. */
  | 'retriable'
  /** The transaction cannot be committed, but the producer is whole: abort and replay. */
  | 'abortable'
  /** Nobody knows whether the call took effect, or the producer is beyond use, fenced included (E8). */
  | 'outcome-unknown'
  /** The partition is not ours any more: nothing more may be sent (E4). */
  | 'lost'
  /** The processor cannot go on: a policy says so, or no retry can help (E18). */
  | 'fatal';

export type TaskEvent =
  /** Producer initialised, committed offset read: the task stands at `position` (E2), whether the group has any offset or `isNew`. */
  | { readonly kind: 'opened'; readonly position: number; readonly isNew?: true }
  /** Records have been taken from the queue. */
  | { readonly kind: 'batch'; readonly span: BatchSpan }
  /** Handlers are through up to `end`; `waitMs` where the record at `end` failed and waits for its next attempt. */
  | { readonly kind: 'handled'; readonly end: number; readonly waitMs?: number }
  /** The last effect of settling a batch has succeeded. */
  | { readonly kind: 'committed' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'waited' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** The broker does not take one of the outputs of these `records`; the others may go through (E21). */
  | { readonly kind: 'refused'; readonly records: number; readonly isTooLarge: boolean }
  /** The group takes the partition, or the process stops: finish what is under way (E5). */
  | { readonly kind: 'revoked' }
  /** The group has given it away already: nothing may be finished (E5). */
  | { readonly kind: 'lost' }
  /** The time to finish is over (E5). */
  | { readonly kind: 'deadline' };

export type TaskEventKind = TaskEvent['kind'];
export type EventOf<Kind extends TaskEventKind> = Extract<TaskEvent, { readonly kind: Kind }>;

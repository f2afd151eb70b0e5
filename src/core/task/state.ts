// The states of a task: one partition number of one subtopology, one transactional id, at most one open transaction (E1).
// Each state carries only its own fields. Pure.
//
//   initializing ──opened──▶ idle ──batch──▶ processing ──handled──▶ committing ──committed──▶ idle
//        ▲   (E2)             ▲ ▲               │    ▲                 │     │
//        │                    │ └────waited──── waiting ◀──────────────┘     │ a call failed
//        └── failed, again    │               (E19)  │                       ▼
//                             └──opened── recovering ◀──────────────────── aborting ──aborted──▶ processing (E11)
//                                            (E8)
//   A partition that is new to its group passes `starting` before idle: "latest" is written down.
//   at-most-once puts `claiming` between idle and processing: it commits the offset before a handler runs.
//   A batch that the broker refuses comes back to processing in halves (E21).
//   A task whose partition is taken ends in `closed`, one that cannot go on in `failed` (E18).
//   Restoring a store will stand between initializing and idle (E10).

import type { Guarantee } from '../topology.js';

/** What does not change in a task's life. */
export interface TaskFrame {
  readonly guarantee: Guarantee;
}

/** The records of a batch by their offsets: it begins at `first`, a commit of it carries `end` (E12). */
export interface BatchSpan {
  readonly first: number;
  readonly end: number;
}

/** How a batch goes on after the part before `end` is committed: with the rest, after `waitMs` (E19). */
export interface Rest {
  readonly waitMs: number;
}

/** What is known of a batch that the broker has refused (E21): how many of its records are tried together, from its first on. */
export interface Division {
  readonly recordsMax: number;
  /** It was refused alone: its policy stands in for its handler, and makes such a letter of it. */
  readonly poison: LetterExtent | undefined;
}

/** How much of a record its dead letter holds: all of it, or its key, its headers and the beginning of its value. */
export type LetterExtent = 'whole' | 'cut';

export type TaskState =
  /** Opening its producer, fencing its predecessor, reading the committed offset: in this order (E2). */
  | (TaskFrame & { readonly kind: 'initializing'; readonly attempt: number })
  /** Committing the position at which a new group begins: whoever opens the partition next must begin there, too. */
  | (TaskFrame & { readonly kind: 'starting'; readonly position: number; readonly attempt: number })
  /** Everything before `position` is committed; nothing is held. */
  | (TaskFrame & { readonly kind: 'idle'; readonly position: number })
  /** Committing the offset of a batch that no handler has seen yet (at-most-once). */
  | (TaskFrame & { readonly kind: 'claiming'; readonly span: BatchSpan; readonly closing: boolean })
  /** Handlers run; no transaction is open (E6, E19). */
  | (TaskFrame & {
      readonly kind: 'processing';
      readonly first: number;
      readonly attempt: number;
      readonly division: Division | undefined;
      readonly closing: boolean;
    })
  /** Nothing happens until the wait is over; no transaction is open (E19). */
  | (TaskFrame & {
      readonly kind: 'waiting';
      readonly first: number;
      readonly attempt: number;
      readonly division: Division | undefined;
      readonly closing: boolean;
    })
  /** The transaction is open from here on: outputs, offsets, commit (E6). */
  | (TaskFrame & {
      readonly kind: 'committing';
      readonly span: BatchSpan;
      readonly attempt: number;
      readonly division: Division | undefined;
      readonly rest: Rest | undefined;
      readonly closing: boolean;
    })
  | (TaskFrame & {
      readonly kind: 'aborting';
      readonly span: BatchSpan;
      readonly attempt: number;
      readonly division: Division | undefined;
      /** The broker has refused it: it is tried again at once, in parts (E21). */
      readonly isRefused: boolean;
      readonly closing: boolean;
    })
  /** The outcome of a commit is unknown: a new producer with the same id, then the committed offset decides (E8). */
  | (TaskFrame & {
      readonly kind: 'recovering';
      readonly span: BatchSpan;
      readonly rest: Rest | undefined;
      readonly attempt: number;
      readonly division: Division | undefined;
    })
  /** The partition is given up. Nothing is heard any more. */
  | (TaskFrame & { readonly kind: 'closed' })
  /** The processor must end (E18). Nothing is heard any more. */
  | (TaskFrame & { readonly kind: 'failed' });

export type TaskStateKind = TaskState['kind'];
export type StateOf<Kind extends TaskStateKind> = Extract<TaskState, { readonly kind: Kind }>;

export function newTask(guarantee: Guarantee): StateOf<'initializing'> {
  return { kind: 'initializing', guarantee, attempt: 1 };
}

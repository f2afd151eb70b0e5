// Every move of a task: each state × each event has a cell, or this file does not compile. `step` is the only reader.
// A cell says where the task goes and what is to be done; how it is done stands in engine/perform. Pure.

import { backoffMs } from '../retry.js';
import type { Guarantee } from '../topology.js';
import type { TaskEffect } from './effect.js';
import type { EventOf, TaskEventKind } from './event.js';
import type { BatchSpan, Division, Rest, StateOf, TaskState, TaskStateKind } from './state.js';

export interface Step {
  readonly state: TaskState;
  readonly effects: readonly TaskEffect[];
}

type Cell<S extends TaskStateKind, E extends TaskEventKind> = (state: StateOf<S>, event: EventOf<E>) => Step;
type Table = { readonly [S in TaskStateKind]: { readonly [E in TaskEventKind]: Cell<S, E> } };

/** Thrown by a cell that nothing may reach: a defect of the engine, never of its user. */
export class IllegalMove extends Error {
  override readonly name = 'IllegalMove';
}

export const table: Table = {
  initializing: {
    opened: ({ guarantee, attempt }, { position, isNew }) =>
      isNew
        ? to({ kind: 'starting', guarantee, position, attempt }, ...committing(guarantee, position))
        : readFrom(guarantee, position),
    batch: illegal,
    handled: illegal,
    committed: illegal,
    aborted: illegal,
    waited: illegal,
    failed: openAgain,
    refused: illegal,
    revoked: close,
    lost: close,
    deadline: illegal,
  },

  starting: {
    opened: illegal,
    batch: illegal,
    handled: illegal,
    committed: ({ guarantee, position }) => readFrom(guarantee, position),
    aborted: illegal,
    waited: illegal,
    // Whether it took effect, the committed offset says.
    failed: openAgain,
    refused: illegal,
    revoked: close,
    lost: close,
    deadline: illegal,
  },

  idle: {
    opened: illegal,
    batch: ({ guarantee, position }, { span }) => {
      requireThat(
        span.first >= position && span.end > span.first,
        'E12: a batch begins at the position and is not empty',
      );
      return guarantee === 'at-most-once'
        ? to({ kind: 'claiming', guarantee, span, closing: false }, { do: 'commit-offset', offset: span.end }, settle)
        : handle({ guarantee, first: span.first, closing: false }, 1, undefined);
    },
    handled: illegal,
    committed: illegal,
    aborted: illegal,
    waited: illegal,
    failed: fail, // A partition that stands still or is out of range (E20).
    refused: illegal,
    revoked: close,
    lost: close,
    deadline: illegal,
  },

  claiming: {
    opened: illegal,
    batch: illegal,
    handled: illegal,
    committed: ({ guarantee, span, closing }) =>
      to(
        { kind: 'processing', guarantee, first: span.first, attempt: 1, division: undefined, closing },
        { do: 'handle', first: span.first },
      ),
    aborted: illegal,
    waited: illegal,
    // Whether the claim took effect is unknown; no handler has run, so what is committed decides where to go on.
    failed: (state, { failure }) => {
      if (failure === 'fatal') return fail(state);
      if (failure === 'lost' || state.closing) return close(state);
      return recover({ ...state, rest: undefined, division: undefined }, 1);
    },
    refused: illegal,
    revoked: finish,
    lost: close,
    deadline: close,
  },

  processing: {
    opened: illegal,
    batch: illegal,
    handled: (state, { end, waitMs }) => {
      const { guarantee, first, attempt, division, closing } = state;
      const rest = waitMs === undefined ? undefined : { waitMs };
      if (end === first && rest) return waitThenHandle(state, rest.waitMs, attempt);
      return to(
        { kind: 'committing', guarantee, span: { first, end }, attempt, division, rest, closing },
        ...settling(guarantee, end),
      );
    },
    committed: illegal,
    aborted: illegal,
    waited: illegal,
    failed: (state, { failure }) => {
      if (failure === 'fatal') return fail(state);
      if (failure === 'lost') return close(state);
      return waitThenHandle(state, delayMs(state.attempt), state.attempt + 1);
    },
    refused: illegal,
    // Nothing has been sent, so nothing needs an abort; but what at-most-once has claimed, nobody else will handle.
    revoked: (state) => (state.guarantee === 'at-most-once' ? finish(state) : close(state)),
    lost: close,
    deadline: close,
  },

  waiting: {
    opened: illegal,
    batch: illegal,
    handled: illegal,
    committed: illegal,
    aborted: illegal,
    waited: (state) => handle(state, state.attempt, state.division),
    failed: fail,
    refused: illegal,
    revoked: (state) => (state.guarantee === 'at-most-once' ? finish(state) : close(state)),
    lost: close,
    deadline: close,
  },

  committing: {
    opened: illegal,
    batch: illegal,
    handled: illegal,
    committed: (state) => (state.closing && !unfinished(state) ? close(state) : goOn(state)),
    aborted: illegal,
    waited: illegal,
    failed: (state, { failure }) => {
      const { guarantee, closing } = state;
      if (failure === 'fatal') return fail(state);
      if (guarantee === 'exactly-once' && (failure === 'abortable' || failure === 'retriable')) return abort(state);
      if (guarantee === 'exactly-once' && failure === 'lost') return abort({ ...state, closing: true });
      if (failure === 'lost' || closing) return close(state);
      return recover(state, state.attempt);
    },
    refused: (state, { records, isTooLarge }) => {
      const division = divide(records, isTooLarge, state.division);
      if (division === undefined) return fail(state);
      if (state.guarantee === 'exactly-once') return abort({ ...state, division }, true);
      if (state.closing) return close(state);
      // At-most-once sends nothing twice: what the broker did not take is lost.
      if (state.guarantee === 'at-most-once') return recover(state, state.attempt);
      return handle({ ...state, first: state.span.first }, 1, division);
    },
    revoked: finish,
    // The call under way cannot be called back, but nothing follows it: the epoch is closed, so E4 stops the rest.
    lost: finish,
    deadline: close,
  },

  aborting: {
    opened: illegal,
    batch: illegal,
    handled: illegal,
    committed: illegal,
    aborted: (state) => {
      const { span, attempt, division, isRefused, closing } = state;
      if (closing) return close(state);
      const replay = { ...state, first: span.first };
      if (isRefused) return handle(replay, attempt, division);
      if (attempt === 1) return handle(replay, 2, division);
      return waitThenHandle(replay, delayMs(attempt), attempt + 1);
    },
    waited: illegal,
    failed: (state, { failure }) => {
      if (failure === 'fatal') return fail(state);
      if (failure === 'lost' || state.closing) return close(state);
      return recover({ ...state, rest: undefined }, state.attempt);
    },
    refused: illegal,
    revoked: finish,
    lost: finish,
    deadline: close,
  },

  recovering: {
    opened: (state, { position, isNew }) => {
      const { guarantee, span } = state;
      if (isSettledAt(state, position) && !isNew) return goOn({ ...state, closing: false });
      // A group without any offset has not settled this batch either, wherever it would begin.
      if ((position === span.first || isNew) && guarantee !== 'at-most-once')
        return handle({ guarantee, first: span.first, closing: false }, state.attempt + 1, state.division);
      return to({ kind: 'idle', guarantee, position }, drop, { do: 'read-from', position });
    },
    batch: illegal,
    handled: illegal,
    committed: illegal,
    aborted: illegal,
    waited: illegal,
    failed: (state, { failure }) => {
      if (failure === 'fatal') return fail(state);
      if (failure === 'lost') return close(state);
      return recover(state, state.attempt + 1);
    },
    refused: illegal,
    revoked: close,
    lost: close,
    deadline: illegal,
  },

  // The results of calls that were under way when the task ended, and events that crossed its end, change nothing.
  closed: {
    opened: stay,
    batch: illegal,
    handled: stay,
    committed: stay,
    aborted: stay,
    waited: stay,
    failed: stay,
    refused: stay,
    revoked: stay,
    lost: stay,
    deadline: stay,
  },

  failed: {
    opened: stay,
    batch: illegal,
    handled: stay,
    committed: stay,
    aborted: stay,
    waited: stay,
    failed: stay,
    refused: stay,
    revoked: close,
    lost: close,
    deadline: stay,
  },
};

/** What opens a task, in the order that fences its predecessor before its offset is read (E2). */
export const opening: readonly TaskEffect[] = [{ do: 'open-producer' }, { do: 'init' }, { do: 'fetch-offset' }];

const hearGroup: TaskEffect = { do: 'hear-group' };
const drop: TaskEffect = { do: 'drop' };
const settle: TaskEffect = { do: 'settle' };

/** The effects that make a handled batch last. */
function settling(guarantee: Guarantee, end: number): readonly TaskEffect[] {
  return guarantee === 'at-most-once' ? [{ do: 'deliver' }, settle] : committing(guarantee, end);
}

/** The effects that make outputs and offset last; in one transaction, where there are any (E6). */
function committing(guarantee: Guarantee, offset: number): readonly TaskEffect[] {
  return guarantee === 'exactly-once'
    ? [{ do: 'renew-producer' }, { do: 'begin' }, { do: 'send' }, { do: 'send-offsets', offset }, { do: 'commit' }]
    : [{ do: 'deliver' }, { do: 'commit-offset', offset }, settle];
}

function to(state: TaskState, ...effects: readonly TaskEffect[]): Step {
  return { state, effects };
}

function stay(state: TaskState): Step {
  return to(state);
}

function close({ guarantee }: TaskState): Step {
  return to({ kind: 'closed', guarantee }, drop, { do: 'close' });
}

function fail({ guarantee }: TaskState): Step {
  return to({ kind: 'failed', guarantee }, drop, { do: 'end-processor' });
}

function readFrom(guarantee: Guarantee, position: number): Step {
  return to({ kind: 'idle', guarantee, position }, { do: 'read-from', position });
}

function openAgain(state: StateOf<'initializing' | 'starting'>, { failure }: EventOf<'failed'>): Step {
  if (failure === 'fatal') return fail(state);
  if (failure === 'lost') return close(state);
  const { guarantee, attempt } = state;
  // Whoever has begun a transaction may be fenced: a successor must not be fenced back (E9).
  const first = state.kind === 'starting' ? [wait(attempt), hearGroup] : [wait(attempt)];
  return to({ kind: 'initializing', guarantee, attempt: attempt + 1 }, ...first, ...opening);
}

/** Lets what is under way come to its end, within the deadline (E5). */
function finish(state: StateOf<'claiming' | 'processing' | 'waiting' | 'committing' | 'aborting'>): Step {
  return state.closing ? to(state) : to({ ...state, closing: true }, { do: 'arm-deadline' });
}

/** The records that are handled next, and whether their partition is about to go. */
interface Run {
  readonly guarantee: Guarantee;
  readonly first: number;
  readonly closing: boolean;
}

function handle({ guarantee, first, closing }: Run, attempt: number, division: Division | undefined): Step {
  return to({ kind: 'processing', guarantee, first, attempt, division, closing }, { do: 'handle', first, ...division });
}

function waitThenHandle(run: Run & { readonly division: Division | undefined }, ms: number, attempt: number): Step {
  const { guarantee, first, division, closing } = run;
  return to({ kind: 'waiting', guarantee, first, attempt, division, closing }, { do: 'wait', ms });
}

/**
 * E21: one of so many records is poison for the broker. Halves find it; alone, it is treated by its policy. What is refused
 * then is its dead letter: one that is too large is cut down, and after that there is nothing left to try.
 */
function divide(records: number, isTooLarge: boolean, before: Division | undefined): Division | undefined {
  if (before?.poison === 'whole' && isTooLarge) return { ...before, poison: 'cut' };
  if (before?.poison) return undefined;
  return { recordsMax: Math.ceil(records / 2), poison: records === 1 ? 'whole' : undefined };
}

function abort({ guarantee, span, attempt, division, closing }: StateOf<'committing'>, isRefused = false): Step {
  return to({ kind: 'aborting', guarantee, span, attempt, division, isRefused, closing }, { do: 'abort' });
}

interface Unsettled {
  readonly guarantee: Guarantee;
  readonly span: BatchSpan;
  readonly rest: Rest | undefined;
  readonly division: Division | undefined;
}

function recover({ guarantee, span, rest, division }: Unsettled, attempt: number): Step {
  return to({ kind: 'recovering', guarantee, span, rest, attempt, division }, wait(attempt), hearGroup, ...opening);
}

/** After a batch is settled: its rest, if it has one, else the next. */
function goOn(settled: {
  readonly guarantee: Guarantee;
  readonly span: BatchSpan;
  readonly rest: Rest | undefined;
  readonly closing: boolean;
}): Step {
  const { guarantee, span, rest, closing } = settled;
  if (rest) return waitThenHandle({ guarantee, first: span.end, division: undefined, closing }, rest.waitMs, 1);
  return to({ kind: 'idle', guarantee, position: span.end });
}

/** E8: whether the group's position shows that the batch of a recovering task is settled. */
export function isSettledAt({ guarantee, span, rest }: StateOf<'recovering'>, position: number): boolean {
  // At-most-once has claimed its batch as a whole: where a part of it is settled, the claim reaches beyond that part.
  return position === span.end || (guarantee === 'at-most-once' && rest !== undefined && position > span.end);
}

/** What at-most-once has claimed and not handled yet must be handled here, also when the partition is about to go. */
function unfinished({ guarantee, rest }: StateOf<'committing'>): boolean {
  return guarantee === 'at-most-once' && rest !== undefined;
}

function wait(attempt: number): TaskEffect {
  return { do: 'wait', ms: delayMs(attempt) };
}

/** Between attempts that the environment made fail. */
function delayMs(attempt: number): number {
  return backoffMs(attempt, 100, 5000);
}

function requireThat(holds: boolean, rule: string): void {
  if (!holds) throw new IllegalMove(rule);
}

function illegal(state: TaskState, event: { readonly kind: TaskEventKind }): never {
  throw new IllegalMove(`${event.kind} in state ${state.kind}`);
}

// What holds after every move of a task. Checked in production too: a broken invariant ends the process before it can
// send anything (E18). The numbers are the rules' of ARCHITECTURE.md. Pure.

import type { TaskEffect, TaskEffectKind } from './effect.js';
import type { TaskEvent } from './event.js';
import type { TaskState } from './state.js';
import type { Step } from './table.js';

export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken';
  /** The number of the rule, e.g. `E6`. */
  readonly rule: string;

  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`);
    this.rule = rule;
  }
}

export function checkStep(before: TaskState, event: TaskEvent, { state, effects }: Step): void {
  // E5: nothing follows the end.
  if (before.kind === 'closed') hold('E5', state.kind === 'closed' && effects.length === 0, 'nothing follows closed');
  const kinds = effects.map((effect) => effect.do);

  // E2: a producer is opened, initialised, and only then the offset is read; never one without the others.
  const opens = kinds.indexOf('open-producer');
  if (opens >= 0 || kinds.includes('init') || kinds.includes('fetch-offset'))
    hold(
      'E2',
      inRow(kinds, opens, ['open-producer', 'init', 'fetch-offset']),
      'open, init, fetch the offset, in this order',
    );

  // E6: a transaction is one unbroken list, its first produce after its last handler; nothing waits inside.
  const begins = kinds.indexOf('begin');
  if (begins >= 0 || kinds.some((kind) => inTransaction.has(kind)))
    hold(
      'E6',
      kinds.length === 5 && inRow(kinds, begins - 1, ['renew-producer', 'begin', 'send', 'send-offsets', 'commit']),
      'renew the producer (E7), begin, send, offsets, commit and nothing else',
    );
  hold(
    'E6',
    begins < 0 ||
      (state.kind === 'committing' && before.kind === 'processing') ||
      (state.kind === 'starting' && before.kind === 'initializing'),
    'a transaction begins when its handlers are through',
  );

  // E12: an offset that is committed is the end of the batch that is being settled or claimed.
  for (const effect of effects) {
    const offset = committedBy(effect);
    if (offset === undefined) continue;
    hold(
      'E12',
      state.kind === 'starting'
        ? offset === state.position
        : (state.kind === 'committing' || state.kind === 'claiming') && offset === state.span.end,
      'only the end of the batch is committed, or where a new group begins',
    );
  }
  if ('span' in state) hold('E12', state.span.first < state.span.end, 'a batch that is settled is not empty');

  // E12: the position moves to the end of what was settled, or to what the group says, never anywhere else.
  if (state.kind === 'idle' && before.kind === 'committing')
    hold('E12', state.position === before.span.end, 'a commit moves to its end');
  if (state.kind === 'idle' && before.kind === 'starting')
    hold('E12', state.position === before.position, 'a new group begins where it has committed');
  if (state.kind === 'idle' && before.kind !== 'idle' && before.kind !== 'committing' && before.kind !== 'starting')
    hold('E2', event.kind === 'opened', 'the position is what the group has committed');

  // E11: a replay starts where the batch started.
  if (before.kind === 'aborting' && 'first' in state)
    hold('E11', state.first === before.span.first, 'a replay starts at the first record');

  // E21: a policy stands in for a handler only where the broker has refused that one record.
  for (const effect of effects)
    if (effect.do === 'handle' && effect.poison)
      hold('E21', refusedAlone(before, event), 'only a record that was refused alone is poison');

  // E5: what is closed or failed asks for nothing but its own end.
  if (state.kind === 'closed' || state.kind === 'failed')
    hold(
      'E5',
      kinds.every((kind) => ending.has(kind)),
      'a task that ends starts nothing',
    );
}

const inTransaction: ReadonlySet<TaskEffectKind> = new Set(['send', 'send-offsets', 'commit']);
const ending: ReadonlySet<TaskEffectKind> = new Set(['drop', 'close', 'end-processor']);

function committedBy(effect: TaskEffect): number | undefined {
  return effect.do === 'send-offsets' || effect.do === 'commit-offset' ? effect.offset : undefined;
}

function refusedAlone(before: TaskState, event: TaskEvent): boolean {
  if (event.kind === 'refused') return event.records === 1;
  return 'division' in before && before.division?.poison !== undefined;
}

function inRow(kinds: readonly TaskEffectKind[], at: number, row: readonly TaskEffectKind[]): boolean {
  return at >= 0 && row.every((kind, index) => kinds[at + index] === kind);
}

function hold(rule: string, holds: boolean, what: string): void {
  if (!holds) throw new InvariantBroken(rule, what);
}

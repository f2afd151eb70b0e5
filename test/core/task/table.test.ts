// Walks through the table with a small Kafka behind it, under every failure that a call can have: whatever happens, what a
// reader sees is what the guarantee promises. Then the cells themselves, as text, so that a change of one shows in review.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskEffect } from '../../../src/core/task/effect.js';
import type { Failure, TaskEvent } from '../../../src/core/task/event.js';
import type { Division, TaskState } from '../../../src/core/task/state.js';
import { step } from '../../../src/core/task/step.js';
import { IllegalMove, table } from '../../../src/core/task/table.js';
import type { Guarantee } from '../../../src/core/topology.js';
import { type Choice, Partition, TaskWorld } from '../../support/task-world.js';

const failures: readonly Failure[] = ['retriable', 'abortable', 'outcome-unknown', 'lost', 'fatal'];

const choices: fc.Arbitrary<Choice> = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Choice>({ then: 'succeed' }) },
  {
    weight: 5,
    arbitrary: fc.record({
      then: fc.constant('fail' as const),
      failure: fc.constantFrom(...failures),
      tookEffect: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Choice>({ then: 'revoke' }) },
  { weight: 1, arbitrary: fc.constant<Choice>({ then: 'lose' }) },
  { weight: 1, arbitrary: fc.constant<Choice>({ then: 'deadline' }) },
  { weight: 2, arbitrary: fc.record({ then: fc.constant('wait-at' as const), back: fc.integer({ min: 1, max: 4 }) }) },
);

/** Runs owner after owner under the choices, then lets everything succeed until the partition is at its end. */
function live(
  guarantee: Guarantee,
  plan: readonly Choice[],
  { poison = [], isNew = false }: { readonly poison?: readonly number[]; readonly isNew?: boolean } = {},
): { readonly partition: Partition; readonly history: readonly string[] } {
  const partition = new Partition(12, 4, { poison: new Set(poison), isNew });
  const history: string[] = [];
  let owner = new TaskWorld(partition, guarantee);
  const next = (choice: Choice): void => {
    if (owner.ended) {
      history.push(...owner.history, '— next owner');
      owner = new TaskWorld(partition, guarantee);
    }
    owner.choose(choice);
  };
  for (const choice of plan) next(choice);
  for (let calm = 0; calm < 1000; calm++) next({ then: 'succeed' });
  history.push(...owner.history);
  return { partition, history };
}

describe('whatever fails, whenever a partition is taken', () => {
  const plans = fc.array(choices, { maxLength: 60 });
  const all = Array.from({ length: 12 }, (_, offset) => offset);

  test('exactly-once: each record has its outputs once, in order, and the group stands at the end', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { partition, history } = live('exactly-once', plan);
        expect(partition.visible, history.join('\n')).toEqual(all);
        expect(partition.committed).toBe(12);
      }),
      { numRuns: 5000 },
    );
  });

  test('E21: what the broker refuses is found, and nothing else is given up with it', () => {
    fc.assert(
      fc.property(plans, fc.uniqueArray(fc.integer({ min: 0, max: 11 }), { maxLength: 4 }), (plan, poison) => {
        const { partition, history } = live('exactly-once', plan, { poison });
        expect(partition.visible, history.join('\n')).toEqual(all.filter((offset) => !poison.includes(offset)));
        expect(partition.givenUp, history.join('\n')).toEqual(poison.toSorted((a, b) => a - b));
        expect(partition.committed).toBe(12);
      }),
      { numRuns: 3000 },
    );
  });

  test('a group that begins at the end of its log never goes back behind that', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { partition, history } = live('exactly-once', plan, { isNew: true });
        expect(partition.visible, history.join('\n')).toEqual(all.slice(partition.begun));
        expect(partition.committed).toBe(12);
      }),
      { numRuns: 2000 },
    );
  });

  test('at-least-once: no record is without its outputs', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { partition, history } = live('at-least-once', plan);
        expect(
          [...new Set(partition.visible)].sort((a, b) => a - b),
          history.join('\n'),
        ).toEqual(all);
        expect(partition.committed).toBe(12);
      }),
      { numRuns: 2000 },
    );
  });

  test('at-most-once: no record has its outputs twice', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { partition, history } = live('at-most-once', plan);
        expect(new Set(partition.visible).size, history.join('\n')).toBe(partition.visible.length);
        expect(partition.committed).toBe(12);
      }),
      { numRuns: 2000 },
    );
  });

  test('at-most-once loses nothing where nothing fails, also when its partition is taken gently', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom<Choice>(
            { then: 'succeed' },
            { then: 'succeed' },
            { then: 'wait-at', back: 2 },
            { then: 'revoke' },
          ),
          { maxLength: 60 },
        ),
        (plan) => {
          // Whoever is revoked while waiting for a retry finishes it: the claim is made, nobody else will.
          const { partition, history } = live('at-most-once', plan);
          expect(partition.visible, history.join('\n')).toEqual(all);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('the table', () => {
  const span = { first: 10, end: 20 };
  const alone: Division = { recordsMax: 1, poison: 'whole' };
  const cut: Division = { recordsMax: 1, poison: 'cut' };
  const aFew: Division = { recordsMax: 4, poison: undefined };
  const settling = { guarantee: 'exactly-once', span, attempt: 1, division: undefined, closing: false } as const;
  const committing: TaskState = { kind: 'committing', ...settling, rest: undefined };
  const aborting: TaskState = { kind: 'aborting', ...settling, isRefused: false };
  const states: readonly TaskState[] = [
    { kind: 'initializing', guarantee: 'exactly-once', attempt: 1 },
    { kind: 'starting', guarantee: 'exactly-once', attempt: 1, position: 10 },
    { kind: 'idle', guarantee: 'exactly-once', position: 10 },
    { kind: 'claiming', guarantee: 'at-most-once', span, closing: false },
    { kind: 'processing', guarantee: 'exactly-once', first: 10, attempt: 1, division: undefined, closing: false },
    { kind: 'processing', guarantee: 'exactly-once', first: 10, attempt: 1, division: alone, closing: false },
    { kind: 'waiting', guarantee: 'exactly-once', first: 10, attempt: 1, division: undefined, closing: false },
    committing,
    { ...committing, division: alone },
    { ...committing, division: cut },
    { ...committing, guarantee: 'at-least-once' },
    { ...committing, guarantee: 'at-most-once' },
    { ...committing, closing: true },
    aborting,
    { ...aborting, division: aFew, isRefused: true },
    { ...aborting, division: alone, isRefused: true },
    { ...aborting, division: cut, isRefused: true },
    { ...aborting, division: aFew, isRefused: true, closing: true },
    { kind: 'recovering', guarantee: 'exactly-once', span, rest: undefined, attempt: 1, division: undefined },
    {
      kind: 'recovering',
      guarantee: 'at-most-once',
      span: { first: 10, end: 15 },
      rest: { waitMs: 0 },
      attempt: 1,
      division: undefined,
    },
    { kind: 'closed', guarantee: 'exactly-once' },
    { kind: 'failed', guarantee: 'exactly-once' },
  ];
  const events: readonly TaskEvent[] = [
    { kind: 'opened', position: 10 },
    { kind: 'opened', position: 20 },
    { kind: 'opened', position: 15 },
    { kind: 'opened', position: 20, isNew: true },
    { kind: 'batch', span },
    { kind: 'handled', end: 20 },
    { kind: 'handled', end: 15, waitMs: 500 },
    { kind: 'handled', end: 10, waitMs: 500 },
    { kind: 'committed' },
    { kind: 'aborted' },
    { kind: 'waited' },
    ...failures.map((failure) => ({ kind: 'failed' as const, failure })),
    { kind: 'refused', records: 8, isTooLarge: false },
    { kind: 'refused', records: 1, isTooLarge: false },
    { kind: 'refused', records: 1, isTooLarge: true },
    { kind: 'revoked' },
    { kind: 'lost' },
    { kind: 'deadline' },
  ];

  test('reads aloud as it always did', () => {
    const lines = states.flatMap((state) => [
      title(state),
      ...events.flatMap((event) => {
        try {
          const { state: next, effects } = step(state, event);
          if (next === state) return [];
          return [
            `  ${saying(event)} → ${title(next)}${effects.length > 0 ? `: ${effects.map(doing).join(', ')}` : ''}`,
          ];
        } catch (error) {
          if (error instanceof IllegalMove) return [];
          throw error;
        }
      }),
    ]);
    expect(lines.join('\n')).toMatchSnapshot();
  });

  test('has a cell for every state and event', () => {
    const kinds = [...new Set(events.map((event) => event.kind))].sort();
    for (const state of Object.values(table)) expect(Object.keys(state).sort()).toEqual(kinds);
  });
});

function title(state: TaskState): string {
  const closing = 'closing' in state && state.closing ? ', closing' : '';
  const at = 'position' in state ? ` at ${state.position}` : 'first' in state ? ` from ${state.first}` : '';
  const span = 'span' in state ? ` ${state.span.first}–${state.span.end}` : '';
  const division = 'division' in state ? state.division : undefined;
  const poison = division?.poison ? `, poison, ${division.poison}` : '';
  const refused = division && !division.poison ? `, at most ${division.recordsMax}` : '';
  const rest = 'rest' in state && state.rest ? ', with a rest' : '';
  const guarantee = state.guarantee === 'exactly-once' ? '' : ` (${state.guarantee})`;
  return `${state.kind}${at}${span}${rest}${poison}${refused}${closing}${guarantee}`;
}

function doing(effect: TaskEffect): string {
  if (effect.do !== 'handle' || effect.recordsMax === undefined) return effect.do;
  return `handle ${effect.recordsMax}${effect.poison ? ` as poison, ${effect.poison}` : ''}`;
}

function saying(event: TaskEvent): string {
  if (event.kind === 'failed') return `failed (${event.failure})`;
  if (event.kind === 'opened') return `opened at ${event.position}${event.isNew ? ', new' : ''}`;
  if (event.kind === 'refused') return `refused (${event.records}${event.isTooLarge ? ', too large' : ''})`;
  if (event.kind === 'handled') return `handled to ${event.end}${event.waitMs ? ' and waits' : ''}`;
  return event.kind;
}

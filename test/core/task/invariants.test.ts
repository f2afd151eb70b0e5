// Steps that no cell makes, each breaking one rule: the check that runs in production must see it.

import { describe, expect, test } from 'vitest';
import type { TaskEffect } from '../../../src/core/task/effect.js';
import type { TaskEvent } from '../../../src/core/task/event.js';
import { checkStep, InvariantBroken } from '../../../src/core/task/invariants.js';
import type { StateOf, TaskState } from '../../../src/core/task/state.js';
import { step } from '../../../src/core/task/step.js';
import { IllegalMove } from '../../../src/core/task/table.js';

const guarantee = 'exactly-once';
const span = { first: 10, end: 20 };
const idle: StateOf<'idle'> = { kind: 'idle', guarantee, position: 10 };
const processing: StateOf<'processing'> = {
  kind: 'processing',
  guarantee,
  first: 10,
  attempt: 1,
  division: undefined,
  closing: false,
};
const committing: StateOf<'committing'> = {
  kind: 'committing',
  guarantee,
  span,
  attempt: 1,
  division: undefined,
  rest: undefined,
  closing: false,
};
const aborting: StateOf<'aborting'> = {
  kind: 'aborting',
  guarantee,
  span,
  attempt: 1,
  division: undefined,
  isRefused: false,
  closing: false,
};
const closed: TaskState = { kind: 'closed', guarantee };
const initializing: TaskState = { kind: 'initializing', guarantee, attempt: 1 };
const commit = (offset: number): TaskEffect[] => [
  { do: 'renew-producer' },
  { do: 'begin' },
  { do: 'send' },
  { do: 'send-offsets', offset },
  { do: 'commit' },
];
const handled: TaskEvent = { kind: 'handled', end: 20 };

const broken: readonly {
  readonly rule: string;
  readonly what: string;
  readonly before: TaskState;
  readonly event: TaskEvent;
  readonly after: TaskState;
  readonly effects: readonly TaskEffect[];
}[] = [
  {
    rule: 'E2',
    what: 'reads the offset before it has fenced the predecessor',
    before: initializing,
    event: { kind: 'failed', failure: 'retriable' },
    after: initializing,
    effects: [{ do: 'open-producer' }, { do: 'fetch-offset' }, { do: 'init' }],
  },
  {
    rule: 'E2',
    what: 'reads the offset without fencing at all',
    before: initializing,
    event: { kind: 'failed', failure: 'retriable' },
    after: initializing,
    effects: [{ do: 'fetch-offset' }],
  },
  {
    rule: 'E2',
    what: 'stands at a position that nobody told it',
    before: processing,
    event: handled,
    after: { ...idle, position: 20 },
    effects: [],
  },
  {
    rule: 'E6',
    what: 'commits outputs without their offset',
    before: processing,
    event: handled,
    after: committing,
    effects: [{ do: 'begin' }, { do: 'send' }, { do: 'commit' }],
  },
  {
    rule: 'E6',
    what: 'sends outside of a transaction',
    before: processing,
    event: handled,
    after: committing,
    effects: [{ do: 'send' }],
  },
  {
    rule: 'E6',
    what: 'waits inside a transaction',
    before: processing,
    event: handled,
    after: committing,
    effects: [
      { do: 'renew-producer' },
      { do: 'begin' },
      { do: 'wait', ms: 1 },
      { do: 'send' },
      { do: 'send-offsets', offset: 20 },
      { do: 'commit' },
    ],
  },
  {
    rule: 'E6',
    what: 'begins a transaction before its handlers are through',
    before: idle,
    event: { kind: 'batch', span },
    after: committing,
    effects: commit(20),
  },
  {
    rule: 'E6',
    what: 'begins a transaction without a look at what its producer has lost (E7)',
    before: processing,
    event: handled,
    after: committing,
    effects: commit(20).slice(1),
  },
  {
    rule: 'E12',
    what: 'begins a new group elsewhere than where it commits',
    before: initializing,
    event: { kind: 'opened', position: 20, isNew: true },
    after: { kind: 'starting', guarantee, position: 20, attempt: 1 },
    effects: commit(21),
  },
  {
    rule: 'E21',
    what: 'gives up a record that the broker has refused together with others',
    before: { ...aborting, isRefused: true, division: { recordsMax: 1, poison: undefined } },
    event: { kind: 'aborted' },
    after: { ...processing, division: { recordsMax: 1, poison: 'whole' } },
    effects: [{ do: 'handle', first: 10, recordsMax: 1, poison: 'whole' }],
  },
  {
    rule: 'E12',
    what: 'commits an offset that is not the end of its batch',
    before: processing,
    event: handled,
    after: committing,
    effects: commit(21),
  },
  {
    rule: 'E12',
    what: 'settles an empty batch',
    before: processing,
    event: handled,
    after: { ...committing, span: { first: 20, end: 20 } },
    effects: commit(20),
  },
  {
    rule: 'E12',
    what: 'goes on from elsewhere than what it committed',
    before: committing,
    event: { kind: 'committed' },
    after: { ...idle, position: 10 },
    effects: [],
  },
  {
    rule: 'E11',
    what: 'replays from behind the first record',
    before: aborting,
    event: { kind: 'aborted' },
    after: { ...processing, first: 11 },
    effects: [{ do: 'handle', first: 11 }],
  },
  {
    rule: 'E5',
    what: 'starts something when it is closed',
    before: processing,
    event: { kind: 'lost' },
    after: closed,
    effects: [{ do: 'handle', first: 10 }],
  },
  { rule: 'E5', what: 'comes back from closed', before: closed, event: { kind: 'waited' }, after: idle, effects: [] },
];

describe('the check sees a step that', () => {
  for (const { rule, what, before, event, after, effects } of broken)
    test(`${rule}: ${what}`, () => {
      expect(() => checkStep(before, event, { state: after, effects })).toThrow(InvariantBroken);
      expect(() => checkStep(before, event, { state: after, effects })).toThrow(rule);
    });
});

describe('a move that nothing may make is refused', () => {
  test('a second batch while one is being handled', () => {
    expect(() => step(processing, { kind: 'batch', span })).toThrow(IllegalMove);
  });

  test('E12: a batch from before the position', () => {
    expect(() => step(idle, { kind: 'batch', span: { first: 9, end: 20 } })).toThrow('E12');
  });

  test('a commit that nobody asked for', () => {
    expect(() => step(processing, { kind: 'committed' })).toThrow(IllegalMove);
  });
});

// The checker is only worth something if it finds what can go wrong: each history here is a good one, spoiled in one way, and
// the rule that forbids that must say so, where possible no other one.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstStep, secondStep } from '../../chaos/steps.js';
import { seededRandom } from '../../src/memory/seeded-random.js';
import { audit, is, lookBehindLastCommit, mid, out, spoiled, swapWithNext, tale } from './spoiled.js';
import { type EventOf, type Row, Tale } from './tale.js';

describe('a good history has no anomaly', () => {
  test('with aborts, kills, takeovers, dead letters and skipped records in it', () => {
    const good = tale();
    expect(good.anomalies()).toEqual([]);
    for (const topic of [mid, audit, out, firstStep.deadLetters, secondStep.deadLetters])
      expect(good.rows(topic).length, topic).toBeGreaterThan(0);
    expect(good.of('abort').length).toBeGreaterThan(0);
  });

  test('wherever the history of an instance is cut off: what is missing there is unknown', () => {
    const processes = tale()
      .of('ended')
      .map(({ process, events }) => ({ process, events }));
    for (const { process, events } of processes)
      for (const kept of [0, 1, 2, 3, Math.floor(events / 2), events - 2, events - 1]) {
        const cut = tale();
        cut.cut(process, kept);
        expect(cut.anomalies(), `${process} after ${kept} of ${events}`).toEqual([]);
      }
  });

  test('when a look at the offsets came before an acknowledged one was there for all to see', () => {
    const early = tale();
    lookBehindLastCommit(early);
    for (const progress of early.of('progress')) progress.isSettled = false;
    expect(early.anomalies()).toEqual([]);
  });

  test('when an answer was of later than what began while it was under way, and not when it was there before', () => {
    for (const knownLater of [true, false]) {
      const slow = tale();
      const [opened, look] = beganBefore(slow);
      look.answeredMs = knownLater ? look.atMs : opened.atMs - 1;
      look.atMs = opened.atMs - 2;
      expect(slow.broken(), `${knownLater}`).toEqual(knownLater ? [] : ['R9']);
    }
  });

  test('when a reader began late or left something out', () => {
    const late = tale();
    late.forget((event) => event.event === 'read' && event.when === 'during' && event.atMs % 3 === 0);
    expect(late.anomalies()).toEqual([]);
  });
});

/** Exchanges what two neighbours hold. Nobody but the last reader has read them. */
/** A task that began, and the first look after that which shows more than where it did. */
function beganBefore(tale: Tale): [EventOf<'opened'>, EventOf<'progress'>] {
  for (const opened of tale.of('opened').filter(({ processor }) => processor === firstStep.processor)) {
    const look = tale
      .of('progress')
      .find(
        ({ atMs, group, offsets }) =>
          group === opened.processor && atMs > opened.atMs && (offsets[opened.partition] ?? 0) > opened.position,
      );
    if (look !== undefined) return [opened, look];
  }
  throw new Error('nothing began before a look');
}

describe('a history is found out in which', () => {
  test.for(spoiled)('%s', ([, rules, spoil]) => {
    const bad = tale();
    spoil(bad);
    expect(bad.broken()).toEqual(rules);
    for (const { says } of bad.anomalies()) expect(says).toMatch(/^[a-z].{20,}[^.]$/);
  });

  test('every rule is broken by one', () => {
    const named = new Set(spoiled.flatMap(([, rules]) => rules));
    expect([...named].sort()).toEqual([
      'R1',
      'R10',
      'R11',
      'R12',
      'R13',
      'R14',
      'R16',
      'R2',
      'R3',
      'R4',
      'R5',
      'R6',
      'R7',
      'R8',
      'R9',
    ]);
  });
});

describe('whatever the run', () => {
  const runs = fc.record({
    seed: fc.integer(),
    keys: fc.integer({ min: 2, max: 30 }),
    records: fc.integer({ min: 30, max: 150 }),
  });
  const told = ({ seed, keys, records }: { seed: number; keys: number; records: number }): Tale =>
    new Tale({ keys, records, random: seededRandom(seed).next });

  test('a good history has no anomaly', () => {
    fc.assert(
      fc.property(runs, (run) => {
        expect(told(run).anomalies()).toEqual([]);
      }),
    );
  });

  const outputs = [mid, audit, out, firstStep.deadLetters, secondStep.deadLetters];
  const mutations: Readonly<Record<string, (tale: Tale, row: Row) => void>> = {
    drop: (tale, row) => tale.drop(row.topic, is(row)),
    duplicate: (tale, row) => tale.append(row),
    swap(tale, row) {
      const next = tale.rows(row.topic)[tale.rows(row.topic).findIndex(is(row)) + 1];
      // Dead letters have no order of their own.
      fc.pre(next?.partition === row.partition && !row.topic.endsWith('.dlq'));
      swapWithNext(tale, row);
    },
    'change the offset it comes from': (tale, row) =>
      tale.change(is(row), ({ fromOffset }) => ({ fromOffset: fromOffset + 1 })),
    tear: (tale, row) => tale.drop(row.topic, (one) => one.partition === row.partition && one.offset >= row.offset),
  };
  test.for(Object.keys(mutations))('one mutation is found out: %s', (name) => {
    fc.assert(
      fc.property(runs, fc.constantFrom(...outputs), fc.nat(), (run, topic, at) => {
        const bad = told(run);
        const rows = bad.rows(topic);
        fc.pre(rows.length > 0);
        mutations[name]?.(bad, rows[at % rows.length] as Row);
        expect(bad.anomalies()).not.toEqual([]);
      }),
    );
  });
});

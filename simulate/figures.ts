// The figures of many seeds as text: how often each kind of fault struck and each moment of the engine was met, also where that is
// never; which rules were broken; what the engine told; and how long it took.

import { crashPointNames } from '../src/engine/crash-point.js';
import { checkers } from '../src/testing/simulation/checkers/index.js';
import { faultKinds } from '../src/testing/simulation/faults/index.js';
import type { FailedSeed } from '../src/testing/simulation/run-seeds.js';
import { rangeText, type SeedRange } from '../src/testing/simulation/seed-range.js';

export interface Figures {
  readonly counts: Record<string, number>;
  run: number;
  /** How many seeds were run a second time, to see whether they go the same way. */
  twice: number;
  virtualMs: number;
  /** Of all workers together. */
  coreMs: number;
  /** Of the runs that it took, one after another. */
  wallMs: number;
}

export function figuresText(
  all: Figures & { readonly range: SeedRange; readonly failed: readonly FailedSeed[] },
): string {
  const { counts, run, twice, virtualMs, coreMs, wallMs, failed, range } = all;
  const times = (what: string): number => counts[what] ?? 0;
  const faults = faultKinds.map(({ name }) => [name, times(`✗ ${name}`)] as const);
  const moments = crashPointNames.map(
    (name) => [name, times(`at ${name}`), times(`✗ crash-at ${name}`), times(`✗ freeze-at ${name}`)] as const,
  );
  const facts = Object.entries(counts).filter(([what]) => !/^(✗|at) /.test(what));
  const rate = (1000 * run) / Math.max(1, coreMs);
  return [
    ...table(
      ['facts', 'told'],
      facts.sort((a, b) => b[1] - a[1]),
    ),
    ...table(['faults', 'struck'], faults),
    ...table(['moments', 'met', 'crashed', 'frozen'], moments),
    ...table(['rules', 'broken in'], broken(failed)),
    ...(failed.length > 0
      ? [
          `not well: --seed ${failed
            .slice(0, toldMax)
            .map(({ seed }) => seed)
            .join(', ')}${failed.length > toldMax ? ' …' : ''}`,
        ]
      : []),
    `seeds ${rangeText(range)}: ${number(run - failed.length)} of ${number(run)} are well, ${number(failed.length)} are not; ` +
      `${number(twice)} were run twice; ${(virtualMs / 3_600_000).toFixed(1)} virtual hours in ${number(wallMs / 1000)} s, ` +
      `${rate.toFixed(1)} seeds a second on each core`,
  ].join('\n');
}

/** In how many seeds each rule was broken; what is no checker's is said where it happened. */
function broken(failed: readonly FailedSeed[]): readonly (readonly [string, number])[] {
  const seeds = new Map(checkers.map(({ name }) => [name, 0]));
  for (const { findings } of failed)
    for (const rule of new Set(findings.map((finding) => finding.rule))) seeds.set(rule, (seeds.get(rule) ?? 0) + 1);
  return [...seeds];
}

/** Rows below their names, with the sum of each column. */
function table(head: readonly string[], rows: readonly (readonly [string, ...number[]])[]): string[] {
  const line = (name: string, columns: readonly string[]): string =>
    name.padEnd(30) + columns.map((column) => column.padStart(14)).join('');
  const [name = '', ...columns] = head;
  const sums = columns.map((_, i) => rows.reduce((sum, row) => sum + Number(row[i + 1]), 0));
  return [
    line(name, columns),
    ...rows.map(([what, ...numbers]) => line(`  ${what}`, numbers.map(number))),
    line(`  all ${rows.length}`, sums.map(number)),
    '',
  ];
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Where everything is wrong, a few say so. */
const toldMax = 20;

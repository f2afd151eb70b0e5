// What the command line asks for, over the suite that it names.

import { parseArgs } from 'node:util';
import type { SideName } from './sides/side.js';
import { full, quick, type Suite } from './suites.js';

export interface BenchOptions extends Suite {
  /** How it was called. */
  readonly command: string;
  /** Where the results go as JSON. */
  readonly json: string;
  /** Where to write benchmarks.md and its chart; undefined: nowhere. */
  readonly docs: string | undefined;
  readonly profileFolder: string | undefined;
}

export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      records: { type: 'string' },
      rounds: { type: 'string' },
      cells: { type: 'string' },
      sides: { type: 'string' },
      rates: { type: 'string' },
      'latency-seconds': { type: 'string' },
      json: { type: 'string', default: '.bench/results.json' },
      write: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const suite = values.quick ? quick : full;
  const cells = picked(
    'cell',
    values.cells,
    suite.cells.map(({ name }) => name),
  );
  const sides = picked('side', values.sides, sidesIn(suite));
  const rates = picked(
    'rate',
    values.rates,
    suite.paces.map(({ perSecond }) => String(perSecond)),
  );
  return {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    records: count('records', values.records, suite.records),
    rounds: count('rounds', values.rounds, suite.rounds),
    latencySeconds: count('latency-seconds', values['latency-seconds'], suite.latencySeconds),
    cells: suite.cells
      .filter(({ name }) => cells.has(name))
      .map((cell) => ({ ...cell, contestants: cell.contestants.filter(({ side }) => sides.has(side)) })),
    paces: suite.paces
      .filter(({ perSecond }) => rates.has(String(perSecond)))
      .map((pace) => ({ ...pace, sides: pace.sides.filter((side) => sides.has(side)) })),
    json: values.json,
    docs: values.write,
    profileFolder: values.profile,
  };
}

/** Every side that has a part in it. */
export function sidesIn({ cells, paces }: Pick<Suite, 'cells' | 'paces'>): readonly SideName[] {
  const inCells = cells.flatMap(({ contestants }) => contestants.map(({ side }) => side));
  return [...new Set([...inCells, ...paces.flatMap(({ sides }) => sides)])];
}

/** All that there are, or those that were named. */
function picked(what: string, wanted: string | undefined, all: readonly string[]): ReadonlySet<string> {
  const names = wanted?.split(',') ?? all;
  const unknown = names.find((name) => !all.some((one) => one === name));
  if (unknown !== undefined) throw new Error(`there is no ${what} ${unknown}, only ${all.join(', ')}`);
  return new Set(names);
}

function count(name: string, value: string | undefined, usual: number): number {
  const number = value === undefined ? usual : Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} ${value} is no number of anything`);
  return number;
}

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
  const cells = values.cells?.split(',');
  const sides = values.sides?.split(',') as SideName[] | undefined;
  const rates = values.rates?.split(',').map(Number);
  const unknown = cells?.find((name) => !suite.cells.some((cell) => cell.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no cell ${unknown}, only ${suite.cells.map(({ name }) => name).join(', ')}`);
  const isWanted = ({ side }: { readonly side: SideName }): boolean => sides?.includes(side) ?? true;
  return {
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    records: count('records', values.records, suite.records),
    rounds: count('rounds', values.rounds, suite.rounds),
    latencySeconds: count('latency-seconds', values['latency-seconds'], suite.latencySeconds),
    cells: suite.cells
      .filter(({ name }) => cells?.includes(name) ?? true)
      .map((cell) => ({ ...cell, contestants: cell.contestants.filter(isWanted) })),
    paces: suite.paces
      .filter(({ perSecond }) => rates?.includes(perSecond) ?? true)
      .map((pace) => ({ ...pace, sides: pace.sides.filter((side) => isWanted({ side })) })),
    json: values.json,
    docs: values.write,
    profileFolder: values.profile,
  };
}

function count(name: string, value: string | undefined, usual: number): number {
  const number = value === undefined ? usual : Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} ${value} is no number of anything`);
  return number;
}

// What `npm run simulate` is asked for: one of four things, each with options of its own. What makes no sense is refused, with what
// would: a run of no seeds would be well, whatever is broken.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { freshRange, type SeedRange, seedMax } from '../src/testing/simulation/seed-range.js';
import { Refused } from './refused.js';

export type Asked =
  | { readonly what: 'seed'; readonly seed: number }
  | { readonly what: 'plan'; readonly path: string }
  | { readonly what: 'exhaustive'; readonly records: number }
  | ManySeeds;

export interface ManySeeds {
  readonly what: 'seeds';
  readonly range: SeedRange;
  readonly workers: number;
  /** Whether nothing more is begun once a seed has failed. */
  readonly isUntilFound: boolean;
  /** The file in which figures are added up. */
  readonly report: string | undefined;
}

const options = {
  seed: { type: 'string' },
  plan: { type: 'string' },
  exhaustive: { type: 'string' },
  from: { type: 'string' },
  seeds: { type: 'string' },
  fresh: { type: 'boolean' },
  'until-found': { type: 'boolean' },
  workers: { type: 'string' },
  report: { type: 'string' },
} as const;
type Name = keyof typeof options;

export function askedOf(args: readonly string[]): Asked {
  const values = valuesOf(args);
  const given = (Object.keys(options) as Name[]).filter((name) => values[name] !== undefined);
  const alone = given.find((name) => name === 'seed' || name === 'plan' || name === 'exhaustive');
  if (alone !== undefined) {
    const other = given.find((name) => name !== alone);
    if (other !== undefined) throw apart(alone, other);
  }
  if (values.seed !== undefined) return { what: 'seed', seed: whole('seed', values.seed, { max: seedMax }) };
  if (values.plan !== undefined) return { what: 'plan', path: values.plan };
  if (values.exhaustive !== undefined) return { what: 'exhaustive', records: recordsOf(values.exhaustive) };
  if (values.fresh && values.from !== undefined) throw apart('fresh', 'from');
  // A slice that ends with its first failure is not done, and a file would say that it is.
  if (values['until-found'] && values.report !== undefined) throw apart('until-found', 'report');
  const count = whole('seeds', values.seeds ?? '1000', { min: 1, max: seedMax });
  const range = values.fresh ? freshRange(count) : { from: whole('from', values.from ?? '1', { max: seedMax }), count };
  if (range.from + count - 1 > seedMax)
    throw new Refused(
      `seeds ${range.from} to ${range.from + count - 1} go beyond ${seedMax}`,
      'Seeds that are larger repeat smaller ones: begin with another one, or take fewer.',
    );
  const workers = values.workers ?? String(Math.min(2, availableParallelism()));
  return {
    what: 'seeds',
    range,
    workers: whole('workers', workers, { min: 1, max: 64 }),
    isUntilFound: values['until-found'] ?? false,
    report: values.report,
  };
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refused(error.message, `Known are --${Object.keys(options).join(', --')}.`, { cause: error });
  }
}

function whole(name: Name, text: string, { min = 0, max }: { min?: number; max: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Refused(`--${name} is '${text}'`, `It is a whole number from ${min} to ${max}.`);
}

/** Two records make a batch there. */
function recordsOf(text: string): number {
  const records = Number(text);
  if (/^\d+$/.test(text) && records >= 2 && records <= recordsMax && records % 2 === 0) return records;
  throw new Refused(`--exhaustive is '${text}'`, `It is an even number of records from 2 to ${recordsMax}.`);
}

function apart(one: Name, other: Name): Refused {
  return new Refused(`--${one} and --${other} do not go together`, `Leave one of them out.`);
}

/** The ways that it can go grow with the square of it: those of 6 take half a minute. */
const recordsMax = 20;

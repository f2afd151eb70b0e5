// What `npm run sequences` is asked for; what makes no sense is refused, with what would.

import { parseArgs } from 'node:util';

export interface Asked {
  readonly seeds: readonly number[];
  readonly lengthMax: number;
  /** How many are played side by side. */
  readonly atATime: number;
  readonly isShrunk: boolean;
}

export function askedOf(args: readonly string[]): Asked {
  const { seed, runs, length, at, shrink } = valuesOf(args);
  const given = seed?.split(',').map((text) => whole('seed', text, 0));
  if (given && given.length > 1 && runs !== undefined)
    throw refused('--runs beside several seeds', 'Name one seed to begin with, or all of them.');
  const first = given?.[0] ?? Math.floor(Math.random() * 1e6);
  const count = whole('runs', runs ?? (given ? '1' : '100'), 1);
  return {
    seeds: given && given.length > 1 ? given : Array.from({ length: count }, (_, i) => first + i),
    lengthMax: whole('length', length, 1),
    atATime: whole('at', at, 1),
    isShrunk: shrink,
  };
}

function valuesOf(args: readonly string[]) {
  const options = {
    seed: { type: 'string' },
    runs: { type: 'string' },
    length: { type: 'string', default: '60' },
    at: { type: 'string', default: '8' },
    shrink: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refused(error.message, `Known are --${Object.keys(options).join(', --')}.`);
  }
}

function whole(name: string, text: string, min: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw refused(`--${name} is '${text}'`, `It is a whole number from ${min} to ${max}.`);
}

/** The launcher prints it without a stack. */
function refused(message: string, hint: string): Error {
  return Object.assign(new Error(message), { hint });
}

/** fast-check takes seeds of 32 bits with a sign. */
const max = 2 ** 31 - 1;

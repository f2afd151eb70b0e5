// Where a difference comes from. What handlers have asked for is known by its line; whether it is the reason is tried: both runs
// again with that held still, and what is no difference any more came from there. Before and behind that they run with nothing held,
// and have to differ: what is gone by itself is no source's, but something's that has changed meanwhile.

import type { Topology } from '../../core/topology.js';
import { type Held, type Source, sources, type Use } from './asking.js';
import type { Call } from './calls.js';
import { type Place, placeOf, placeText } from './places.js';
import type { Outcome, RunOptions } from './run.js';

/** `state`: nothing that was watched explains it, so something outlives the calls: a variable, a cache, a closure, a database. */
export type Reason = Source | 'batching' | 'state';

/** What was asked for, as it is written (`Date.now()`), and the line that has asked. */
export interface Asked {
  readonly what: string;
  /** Undefined where none of the author's lines is on the stack. */
  readonly place: Place | undefined;
}

export interface Blame {
  readonly reasons: readonly Reason[];
  readonly asked: readonly Asked[];
}

export interface Blamed {
  readonly calm: Outcome;
  readonly disrupted: Outcome;
  /** Of both runs: chance, say, is another one in each. */
  readonly options: { readonly calm: RunOptions; readonly disrupted: RunOptions };
  /** The calls whose outputs differ, where that is known. */
  readonly calls: readonly Call[];
  /** Whether two other runs differ in the same. */
  readonly isBetween: (calm: Outcome, disrupted: Outcome) => boolean;
}

export async function blame(
  { calm, disrupted, options, calls, isBetween }: Blamed,
  topology: Topology,
  run: (options: RunOptions) => Promise<Outcome>,
): Promise<Blame> {
  const uses = [...calm.calls.all, ...disrupted.calls.all].flatMap((call) => call.uses);
  const own = calls.flatMap((call) => call.uses);
  const isBatch = topology.subtopologies.some(({ source }) => source.handler.per === 'batch');
  const suspects: Held[] = sources.filter((source) => uses.some((use) => use.source === source));
  if (isBatch) suspects.push('batching');
  const isGoneWith = async (held: readonly Held[]): Promise<boolean> => {
    const still = new Set(held);
    return !isBetween(await run({ ...options.calm, still }), await run({ ...options.disrupted, still }));
  };
  const state: Blame = { reasons: ['state'], asked: [] };
  const tried = suspects.length > 1 ? [...suspects.map((one) => [one]), suspects] : suspects.map((one) => [one]);
  if (tried.length === 0 || (await isGoneWith([]))) return state;
  for (const reasons of tried)
    if (await isGoneWith(reasons))
      return (await isGoneWith([])) ? state : { reasons, asked: askedFor(reasons, own, uses) };
  return state;
}

/** By the calls that have made the outputs, or, where these have asked for nothing, by any. */
function askedFor(reasons: readonly Held[], own: readonly Use[], all: readonly Use[]): readonly Asked[] {
  const isAbout = ({ source }: Use): boolean => reasons.includes(source);
  const uses = (own.some(isAbout) ? own : all).filter(isAbout).slice(0, usesMax);
  const found = new Map<string, Asked>();
  for (const { what, here } of uses) {
    const place = placeOf(here);
    if (place !== undefined) found.set(`${what} ${placeText(place)}`, { what, place });
  }
  if (found.size > 0) return [...found.values()];
  return [...new Set(uses.map(({ what }) => what))].map((what) => ({ what, place: undefined }));
}

/** Reading a stack takes its time. */
const usesMax = 50;

// What goes wrong at each site, and the list of what has. Each process and kind of site has random numbers of its own, so that a
// decision that is left out changes nothing about the others but what follows from it.

import { type SeededRandom, seededRandom } from '../../memory/seeded-random.js';
import type { Decision } from './decision.js';
import type { Plan } from './plan.js';

/** A kind of fault that strikes wherever something happens, more or less often. */
export interface Striking {
  readonly name: string;
  readonly msMax: number;
  /** Whether it strikes at what happens there at all. */
  mayStrike?(what: string): boolean;
}

interface Sites {
  readonly random: SeededRandom;
  count: number;
}

/** Somewhere where something can go wrong. */
export interface Site {
  readonly site: string;
  readonly at: SiteKind;
  /** Which request, which moment of the engine, or which call of the client. */
  readonly what: string;
}

export type SiteKind = 'request' | 'moment' | 'call';

export class Decisions {
  /** In the order in which they were made. */
  readonly made: Decision[] = [];
  /** All that a run came by whose decisions were given. */
  readonly met: Site[] = [];
  readonly #plan: Plan;
  readonly #only: ReadonlyMap<string | number, Decision> | undefined;
  readonly #sites = new Map<string, Sites>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#only = plan.only && new Map(plan.only.map((decision) => [decision.site, decision]));
  }

  /** Which of these kinds strikes where this process does that; at most one. */
  at<Kind extends Striking>(
    at: SiteKind,
    process: string,
    what: string,
    kinds: readonly Kind[],
  ): (Decision & { readonly of: Kind }) | undefined {
    const place = `${process} ${what}`;
    let sites = this.#sites.get(place);
    if (sites === undefined)
      this.#sites.set(place, (sites = { random: seededRandom(this.#plan.seed ^ hash(place)), count: 0 }));
    sites.count++;
    if (this.#only) return this.#given({ site: `${place} ${sites.count}`, at, what }, kinds);
    // As many numbers for each site, whatever comes of them.
    let draw = sites.random.next();
    const share = sites.random.next();
    for (const of of kinds) {
      const rate = this.#plan.rates[of.name] ?? 0;
      if (draw >= rate) {
        draw -= rate;
        continue;
      }
      if (of.mayStrike && !of.mayStrike(what)) return undefined;
      const site = `${place} ${sites.count}`;
      const decision = { kind: of.name, site, ms: Math.round(share * of.msMax), which: Math.floor(share * 1000) };
      this.made.push(decision);
      return { ...decision, of };
    }
    return undefined;
  }

  #given<Kind extends Striking>(site: Site, kinds: readonly Kind[]): (Decision & { readonly of: Kind }) | undefined {
    this.met.push(site);
    const decision = this.#only?.get(site.site);
    const of = decision && kinds.find(({ name }) => name === decision.kind);
    if (decision === undefined || of === undefined) return undefined;
    this.made.push(decision);
    return { ...decision, of };
  }
}

/** FNV-1a, and once more mixed: places that differ in a letter have nothing to do with each other. */
function hash(text: string): number {
  let mixed = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  return Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ (mixed >>> 13);
}

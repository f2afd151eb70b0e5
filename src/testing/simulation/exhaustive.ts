// A small case in every way that a short list can say: one process is gone or frozen at one of the engine's moments, or none is, and
// one request meets one of its outcomes, each with each. Where seeds try what is likely, this leaves out no such pair. Not among them
// are three things at once, two requests, what processes ask again and again (below), what a client does wrong, and times other than
// those below.

import type { Decision } from './decision.js';
import { faultKinds } from './faults/index.js';
import type { Plan } from './plan.js';
import { type Simulated, simulate } from './simulate.js';

export interface Exhausted {
  readonly run: number;
  /** Not so where so much failed that the rest was not tried any more. */
  readonly isWhole: boolean;
  readonly failed: readonly { readonly plan: Plan; readonly simulated: Simulated }[];
}

/** @param records that come, two for each transaction */
export async function exhaust(records: number, failuresMax = 10): Promise<Exhausted> {
  const failed: { plan: Plan; simulated: Simulated }[] = [];
  let run = 0;
  const attempt = async (only: readonly Decision[]): Promise<Simulated> => {
    const plan = { ...smallCase(records), only };
    const simulated = await simulate(plan);
    run++;
    if (simulated.findings.length > 0) failed.push({ plan, simulated });
    return simulated;
  };
  const calm = await attempt([]);
  const crashes = calm.sites.flatMap(({ site, at }) => (at === 'moment' ? ends(site) : []));
  for (const crash of [undefined, ...crashes]) {
    const given = crash ? [crash] : [];
    // With it other things happen than without: whoever takes over asks, too.
    const { sites } = await attempt(given);
    for (const { site, at, what } of sites) {
      if (at !== 'request' || asksOnAndOn.has(what)) continue;
      for (const outcome of outcomesOf(site, what)) {
        await attempt([...given, outcome]);
        if (failed.length >= failuresMax) return { run, isWhole: false, failed };
      }
    }
  }
  return { run, isWhole: true, failed };
}

function smallCase(records: number): Plan {
  return {
    seed: 1,
    instances: 2,
    partitions: 1,
    nodes: 1,
    membership: { sessionMs: 1000, heartbeatMs: 200, pollMsMax: 300_000, metadataMs: 300_000 },
    limits: { batchRecordsMax: 2, pollRecordsMax: 2 },
    works: [{ kind: 'copy', guarantee: 'exactly-once' }],
    writes: Array.from({ length: records / 2 }, (_, i) => ({ atMs: 300 + 20 * i, partition: 0, keys: ['a', 'b'] })),
    rates: {},
    disasters: [],
    // Late enough for a session to end and somebody else to go on.
    healsAtMs: 4000,
  };
}

function ends(site: string): Decision[] {
  return [
    { kind: 'crash-at', site, ms: 200, which: 0 },
    { kind: 'freeze-at', site, ms: 2500, which: 0 },
  ];
}

function outcomesOf(site: string, what: string): Decision[] {
  return faultKinds.flatMap((kind) => {
    if (kind.at !== 'request' || kind.mayStrike?.(what) === false) return [];
    return (timesMs[kind.name] ?? [0]).map((ms) => ({ kind: kind.name, site, ms, which: 0 }));
  });
}

/** A late request is to meet the next transaction wherever that stands, which takes some thirty milliseconds; and long after. */
const timesMs: Readonly<Record<string, readonly number[]>> = { late: [10, 20, 30, 40, 50, 2000], slow: [30, 2000] };
/** Made again and again, whatever comes of one. */
const asksOnAndOn: ReadonlySet<string> = new Set(['Fetch', 'Heartbeat', 'Metadata', 'FindCoordinator', 'ListOffsets']);

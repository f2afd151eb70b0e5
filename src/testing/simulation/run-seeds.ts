// Many seeds, one after another: what was found, and how often each kind of thing happened.

import { setImmediate } from 'node:timers/promises';
import type { Finding } from './observed.js';
import { planOf } from './plan.js';
import type { SeedRange } from './seed-range.js';
import { simulate } from './simulate.js';
import { simulateTwice } from './twice.js';

export interface SeedsRun {
  readonly run: number;
  /** How many of them were run a second time as well. */
  readonly twice: number;
  readonly failed: readonly FailedSeed[];
  /** How often what happened: facts, faults, moments of the engine. */
  readonly counts: ReadonlyMap<string, number>;
  readonly virtualMs: number;
}

export interface FailedSeed {
  readonly seed: number;
  readonly findings: readonly Finding[];
}

/** @param isUntilFound whether it ends with the first seed that fails */
export async function runSeeds(range: SeedRange, isUntilFound = false): Promise<SeedsRun> {
  // Refusals and lost ownership are everyday things here, and nobody reads where they were made. A seed that is run alone has them.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await run(range, isUntilFound);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function run({ from, count }: SeedRange, isUntilFound: boolean): Promise<SeedsRun> {
  const counts = new Map<string, number>();
  const failed: FailedSeed[] = [];
  let seeds = 0;
  let twice = 0;
  let virtualMs = 0;
  for (let seed = from; seed < from + count; seed++) {
    // One in a hundred is run twice: the same seed must go the same way.
    const isTwice = seed % 100 === 0;
    const simulated = await (isTwice ? simulateTwice : simulate)(planOf(seed));
    seeds++;
    if (isTwice) twice++;
    virtualMs += simulated.virtualMs;
    for (const [what, times] of simulated.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    const { findings } = simulated;
    if (findings.length > 0) failed.push({ seed, findings });
    if (isUntilFound && failed.length > 0) break;
    // Runs never let the event loop turn by themselves: whoever else lives in this process has a turn between them.
    await setImmediate();
  }
  return { run: seeds, twice, failed, counts, virtualMs };
}

/** How to run it again, and what was found. */
export function failedText({ seed, findings }: FailedSeed): string {
  return [`✘ seed ${seed}: npm run simulate -- --seed ${seed}`, ...findingLines(findings)].join('\n');
}

export function findingLines(findings: readonly Finding[]): string[] {
  const lines = findings.slice(0, findingsMax).map(({ rule, text }) => `    ${rule}: ${text}`);
  return findings.length > findingsMax ? [...lines, `    and ${findings.length - findingsMax} more`] : lines;
}

/** What one mistake breaks, it often breaks many times. */
const findingsMax = 8;

// The smallest plan that still breaks a rule: decisions, writes, processors and processes are left out as long as the same rule is
// broken without them (Zeller's ddmin over the list of what went wrong).

import type { Plan } from './plan.js';
import { type Simulated, simulate } from './simulate.js';

export interface Shrunk {
  readonly plan: Plan;
  /** What comes of it: the rule is broken. */
  readonly simulated: Simulated;
  /** How many runs it took. */
  readonly runs: number;
}

/**
 * @param rule the one that is to stay broken
 * @param runsMax it gives what it has by then
 * @returns undefined where already the list of what went wrong does not break the rule
 */
export async function shrink(plan: Plan, rule: string, runsMax = 2000): Promise<Shrunk | undefined> {
  let runs = 0;
  let last: Omit<Shrunk, 'runs'> | undefined;
  const breaks = async (tried: Plan): Promise<boolean> => {
    if (runs >= runsMax) return false;
    runs++;
    const simulated = await simulate(tried);
    const isBroken = simulated.findings.some((finding) => finding.rule === rule);
    if (isBroken) last = { plan: tried, simulated };
    return isBroken;
  };
  let smallest: Plan = { ...plan, only: plan.only ?? (await simulate(plan)).decisions };
  if (!(await breaks(smallest))) return undefined;
  // One pass makes others possible: without a process, its decisions are for nothing.
  for (let before = -1; sizeOf(smallest) !== before; ) {
    before = sizeOf(smallest);
    smallest = await smaller(smallest, breaks);
  }
  return last && { ...last, runs };
}

async function smaller(plan: Plan, breaks: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  const attempt = async (tried: Plan): Promise<boolean> => {
    if (!(await breaks(tried))) return false;
    smallest = tried;
    return true;
  };
  await fewest(smallest.only ?? [], (only) => attempt({ ...smallest, only }));
  await fewest(smallest.writes, (writes) => attempt({ ...smallest, writes }));
  await fewest(smallest.works, (works) => works.length > 0 && attempt({ ...smallest, works }));
  while (smallest.instances > 1 && (await attempt({ ...smallest, instances: smallest.instances - 1 })));
  const partitions = Math.max(0, ...smallest.writes.map(({ partition }) => partition)) + 1;
  if (partitions < smallest.partitions) await attempt({ ...smallest, partitions });
  return smallest;
}

/** Leaves out halves, quarters and so on, as long as that holds without them. */
async function fewest<T>(
  items: readonly T[],
  holds: (fewer: readonly T[]) => Promise<boolean> | boolean,
): Promise<void> {
  let left = items;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < left.length; ) {
      const fewer = [...left.slice(0, at), ...left.slice(at + size)];
      if (await holds(fewer)) left = fewer;
      else at += size;
    }
}

function sizeOf({ only, writes, works, instances, partitions }: Plan): number {
  return (only?.length ?? 0) + writes.length + works.length + instances + partitions;
}

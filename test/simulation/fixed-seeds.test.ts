// Simulated disasters as part of every test run: the same ones each time.

import { expect, test, vi } from 'vitest';
import { crashPointNames } from '../../src/engine/crash-point.js';
import { MemoryProducer } from '../../src/memory/producer.js';
import { faultKinds } from '../../src/testing/simulation/faults/index.js';
import { type Plan, planOf } from '../../src/testing/simulation/plan.js';
import { failedText, runSeeds } from '../../src/testing/simulation/run-seeds.js';
import { shrink } from '../../src/testing/simulation/shrink.js';
import { simulate } from '../../src/testing/simulation/simulate.js';

// A bound for what hangs: how long so much computing takes is the machine's business.
const timeout = 900_000;

test('two thousand seeds: nothing is lost, doubled, torn, out of order or seen too early, and all is done in time', {
  timeout,
}, async () => {
  const { failed, counts } = await runSeeds({ from: 1, count: 2000 });
  expect(failed.map(failedText)).toEqual([]);
  // Every kind of fault was among them, some of them seldom, and every moment of the engine was met.
  for (const { name } of faultKinds) expect(counts.get(`✗ ${name}`) ?? 0, name).toBeGreaterThan(0);
  for (const point of crashPointNames) expect(counts.get(`at ${point}`) ?? 0, point).toBeGreaterThan(0);
});

test('the same seed goes the same way', { timeout }, async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const plan = planOf(seed);
    const [one, other] = [await simulate(plan), await simulate(plan)];
    expect(one.transcript.lines.length).toBeGreaterThan(5);
    expect(other.transcript.lines).toEqual(one.transcript.lines);
  }
});

test('a run whose decisions are given goes the way of the one that drew them', { timeout }, async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const drawn = await simulate(planOf(seed));
    const given = await simulate({ ...planOf(seed), only: drawn.decisions });
    expect(given.transcript.lines).toEqual(drawn.transcript.lines);
  }
});

test('it bites: without the taint (E7) records are lost or doubled, and what is left when it is shrunk is all needed', {
  timeout,
}, async () => {
  const taint = vi.spyOn(MemoryProducer.prototype, 'isTainted', 'get').mockReturnValue(false);
  try {
    const { failed } = await runSeeds({ from: 1, count: 2000 }, true);
    const [found] = failed;
    expect(found).toBeDefined();
    const [finding] = found?.findings ?? [];
    const small = await shrink(planOf(found?.seed ?? 0), finding?.rule ?? '');
    if (small === undefined) throw new Error('what went wrong, given as a list, breaks nothing');
    const { plan } = small;
    const rulesOf = async (tried: Plan): Promise<readonly string[]> =>
      (await simulate(tried)).findings.map(({ rule }) => rule);
    expect(await rulesOf(plan)).toContain(finding?.rule);
    const only = plan.only ?? [];
    expect(only.length).toBeGreaterThan(0);
    for (const decision of only) {
      const without = { ...plan, only: only.filter((one) => one !== decision) };
      expect(await rulesOf(without)).not.toContain(finding?.rule);
    }
  } finally {
    taint.mockRestore();
  }
});

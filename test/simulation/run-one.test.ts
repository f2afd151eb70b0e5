// What a failed run prints: how to see it again, and the smallest run that breaks the same rule.

import { afterEach, expect, test, vi } from 'vitest';
import { runOne } from '../../simulate/run-one.js';
import { MemoryProducer } from '../../src/memory/producer.js';
import { noProgress } from '../../src/testing/simulation/checkers/no-progress.js';
import { planOf } from '../../src/testing/simulation/plan.js';
import { failedText, runSeeds } from '../../src/testing/simulation/run-seeds.js';
import { shrink } from '../../src/testing/simulation/shrink.js';
import { simulate } from '../../src/testing/simulation/simulate.js';

afterEach(() => {
  vi.restoreAllMocks();
});

test('a seed that goes two ways is found by the command that it prints', async () => {
  const rewind = await everySecondRunDiffers(100);
  const { failed } = await runSeeds({ from: 100, count: 1 });
  expect(failed.map(failedText).join('\n')).toMatch(
    /^✘ seed 100: npm run simulate -- --seed 100\n {4}deterministic: it went another way the second time, from line \d+ on: '.+', then '.+'$/,
  );
  rewind();
  const { isWell, said } = await told(100, 'seed 100: npm run simulate -- --seed 100');
  expect(isWell).toBe(false);
  expect(said).toContain('    deterministic: it went another way the second time, from line');
});

test('a run of a file is run again by that file, and made as small as it gets', async () => {
  vi.spyOn(noProgress, 'check').mockReturnValue(['nothing goes on']);
  const { isWell, said } = await told(1, 'npm run simulate -- --plan x.json');
  expect(isWell).toBe(false);
  expect(said).toMatch(/^✘ npm run simulate -- --plan x\.json\n {4}no progress: nothing goes on\n/);
  expect(said).toContain("The smallest run that breaks the rule 'no progress'");
  expect(said).toContain('"writes":[],');
  expect(said).not.toContain('--seed');
});

test('what does not break a rule is no smallest run of it', async () => {
  expect(await shrink(planOf(1), 'lost')).toBeUndefined();
});

async function told(seed: number, again: string): Promise<{ isWell: boolean; said: string }> {
  const lines: string[] = [];
  const isWell = await runOne(planOf(seed), again, (text) => lines.push(text));
  return { isWell, said: lines.join('\n') };
}

/** From the second run on all producers are tainted; until what it gives is called. */
async function everySecondRunDiffers(seed: number): Promise<() => void> {
  let asked = 0;
  const taint = vi.spyOn(MemoryProducer.prototype, 'isTainted', 'get').mockImplementation(() => ++asked < 0);
  await simulate(planOf(seed));
  const once = asked;
  asked = 0;
  taint.mockImplementation(() => ++asked > once);
  return () => {
    asked = 0;
  };
}

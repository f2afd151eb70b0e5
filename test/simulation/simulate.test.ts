// Simulated disasters as part of every test run: few seeds, the same ones each time.

import { expect, test, vi } from 'vitest';
import { MemoryProducer } from '../../src/memory/producer.js';
import { planOf } from '../../src/testing/simulation/plan.js';
import { simulate } from '../../src/testing/simulation/simulate.js';

const seeds = Array.from({ length: 200 }, (_, i) => i + 1);

// A bound for what hangs: how long so much computing takes is the machine's business.
const timeout = 300_000;

test('two hundred seeds of faults and disasters: nothing is lost, doubled, torn or out of order, and all is done in time', {
  timeout,
}, async () => {
  const met = new Map<string, number>();
  for (const seed of seeds) {
    const { findings, counts } = await simulate(planOf(seed));
    expect(findings, `npm run simulate -- --seed ${seed}`).toEqual([]);
    for (const [what, times] of counts) met.set(what, (met.get(what) ?? 0) + times);
  }
  // Every kind of fault and disaster was among them.
  for (const kind of ['lost', 'late', 'unanswered', 'doubled', 'slow', 'kill', 'pause', 'stop'])
    expect(met.get(kind), kind).toBeGreaterThan(10);
});

test('the same seed goes the same way', async () => {
  for (const seed of seeds.slice(0, 10)) {
    const [one, other] = [await simulate(planOf(seed)), await simulate(planOf(seed))];
    expect(one.transcript.lines.length).toBeGreaterThan(10);
    expect(other.transcript.lines).toEqual(one.transcript.lines);
  }
});

test('it bites: E7 without the taint loses or doubles records within a hundred seeds', { timeout }, async () => {
  const taint = vi.spyOn(MemoryProducer.prototype, 'isTainted', 'get').mockReturnValue(false);
  try {
    let found = 0;
    for (const seed of seeds.slice(0, 100)) found += (await simulate(planOf(seed))).findings.length;
    expect(found).toBeGreaterThan(0);
  } finally {
    taint.mockRestore();
  }
});

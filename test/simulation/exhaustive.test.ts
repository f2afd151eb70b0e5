// A small case, with each pair of a moment at which somebody dies or freezes and an outcome of a request.

import { expect, test, vi } from 'vitest';
import { MemoryProducer } from '../../src/memory/producer.js';
import { decisionText } from '../../src/testing/simulation/decision.js';
import { exhaust } from '../../src/testing/simulation/exhaustive.js';

const timeout = 900_000;

test('two records: whoever dies or freezes whenever, and whatever becomes of any request, each is there once', {
  timeout,
}, async () => {
  const { run, failed } = await exhaust(2);
  const texts = failed.map(({ plan, simulated }) => [(plan.only ?? []).map(decisionText), simulated.findings]);
  expect(texts).toEqual([]);
  // Every moment, twice, and behind each some twenty requests with several outcomes.
  expect(run).toBeGreaterThan(2000);
});

test('it bites: without the taint (E7) a single late request among four records is enough', { timeout }, async () => {
  const taint = vi.spyOn(MemoryProducer.prototype, 'isTainted', 'get').mockReturnValue(false);
  try {
    const { failed } = await exhaust(4, 1);
    expect(failed.flatMap(({ plan }) => plan.only ?? []).map(({ kind }) => kind)).toContain('late');
  } finally {
    taint.mockRestore();
  }
});

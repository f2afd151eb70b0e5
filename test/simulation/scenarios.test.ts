// What simulated disasters have found once, kept as it was: the smallest run that showed it. Each of them is well now.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decisionText } from '../../src/testing/simulation/decision.js';
import type { Plan } from '../../src/testing/simulation/plan.js';
import { simulate } from '../../src/testing/simulation/simulate.js';

interface Scenario {
  /** A sentence about what went wrong. */
  readonly about: string;
  /** The rule that was broken. */
  readonly rule: string;
  readonly plan: Plan;
}

const folder = new URL('./scenarios/', import.meta.url);
const scenarios = readdirSync(folder).map((file) => {
  const scenario = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Scenario;
  return { file, ...scenario };
});

describe('what was found once', () => {
  test.each(scenarios)('$file: $about', async ({ file, plan }) => {
    const { findings, decisions } = await simulate(plan);
    expect(findings, `npm run simulate -- --plan test/simulation/scenarios/${file}`).toEqual([]);
    // What went wrong then still does: a scenario whose decisions meet nothing any more shows nothing.
    expect(decisions.map(decisionText)).toEqual((plan.only ?? []).map(decisionText));
  });
});

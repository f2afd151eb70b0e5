// One run, told: what it broke, the smallest run that still breaks it, and all that happened in that.

import { decisionText } from '../src/testing/simulation/decision.js';
import type { Plan } from '../src/testing/simulation/plan.js';
import { findingLines } from '../src/testing/simulation/run-seeds.js';
import { shrink } from '../src/testing/simulation/shrink.js';
import { differently, simulateTwice } from '../src/testing/simulation/twice.js';

/**
 * Runs it, and again: what goes another way the second time is a finding as well.
 * @param again what makes the same run
 * @returns whether all is well
 */
export async function runOne(plan: Plan, again: string, say: (text: string) => void): Promise<boolean> {
  const { findings, transcript } = await simulateTwice(plan);
  if (findings.length === 0) {
    say('all is well, and goes the same way twice');
    return true;
  }
  say([`✘ ${again}`, ...findingLines(findings)].join('\n'));
  // Which of its runs would be the smallest one that goes two ways, nobody could say.
  const rule = findings.find((finding) => finding.rule !== differently)?.rule;
  const small = rule === undefined ? undefined : await shrink(plan, rule);
  if (small === undefined) {
    if (rule !== undefined) say(`\nGiven as a list, what went wrong does not break '${rule}': this is the whole run.`);
    say(`\n${transcript.lines.join('\n')}`);
    return false;
  }
  say(`\nThe smallest run that breaks the rule '${rule}' (${small.runs} runs tried):`);
  for (const decision of small.simulated.decisions) say(`  ✗ ${decisionText(decision)}`);
  say(`\n${small.simulated.transcript.lines.join('\n')}\n\n${JSON.stringify(small.plan)}`);
  return false;
}

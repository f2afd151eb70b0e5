// The same plan makes the same run: whoever has run it a second time knows.

import type { Plan } from './plan.js';
import { type Simulated, simulate } from './simulate.js';

/** What it is called when it does not. */
export const differently = 'deterministic';

/** The first run, with a finding where the second one went another way. */
export async function simulateTwice(plan: Plan): Promise<Simulated> {
  const first = await simulate(plan);
  const second = await simulate(plan);
  if (second.transcript.trace === first.transcript.trace) return first;
  const at = first.transcript.lines.findIndex((line, i) => line !== second.transcript.lines[i]);
  // Where none differs, the second one has some more.
  const line = at < 0 ? first.transcript.lines.length : at;
  const [one, other] = [first, second].map(({ transcript }) => transcript.lines[line]?.trim() ?? 'the end');
  const text = `it went another way the second time, from line ${line + 1} on: '${one}', then '${other}'`;
  return { ...first, findings: [...first.findings, { rule: differently, text }] };
}

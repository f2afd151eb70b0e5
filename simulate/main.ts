// `npm run simulate`: many seeds, one after another. A seed that fails prints how to run it again, and what happened; with
// --until-found it is the last one.

import { parseArgs } from 'node:util';
import { planOf } from '../src/testing/simulation/plan.js';
import { simulate } from '../src/testing/simulation/simulate.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1000' },
    'until-found': { type: 'boolean', default: false },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const startMs = performance.now();
const counts = new Map<string, number>();
let failed = 0;
let run = 0;
for (let seed = first; seed < first + count; seed++) {
  run++;
  const plan = planOf(seed);
  const { findings, counts: ofSeed, transcript } = await simulate(plan);
  for (const [what, times] of ofSeed) counts.set(what, (counts.get(what) ?? 0) + times);
  // One in a hundred is run twice: the same seed must go the same way.
  const again = seed % 100 === 0 || values.seed !== undefined ? await simulate(plan) : undefined;
  const differs = again !== undefined && again.transcript.trace !== transcript.trace;
  if (findings.length === 0 && !differs) continue;
  failed++;
  process.stdout.write(`✘ seed ${seed}: npm run simulate -- --seed ${seed}\n`);
  for (const finding of [
    ...findings.map(({ rule, text }) => `${rule}: ${text}`),
    ...(differs ? ['it does not go the same way twice'] : []),
  ])
    process.stdout.write(`    ${finding}\n`);
  if (values.seed !== undefined) process.stdout.write(`${JSON.stringify(plan)}\n${transcript.lines.join('\n')}\n`);
  if (values['until-found']) break;
}
const seconds = (performance.now() - startMs) / 1000;
for (const [what, times] of [...counts].sort((a, b) => b[1] - a[1]))
  process.stdout.write(`${what.padEnd(24)} ${times}\n`);
process.stdout.write(
  `${run - failed} of ${run} seeds are well, ${failed} are not, ${(run / seconds).toFixed(1)} seeds a second\n`,
);
process.exitCode = failed === 0 ? 0 : 1;

// `npm run simulate`: seeds of simulated disasters.
//
//   npm run simulate -- --seeds 5000                 seeds 1 to 5000, on both cores
//   npm run simulate -- --fresh --seeds 5000         seeds that nobody has run before
//   npm run simulate -- --seed 4711                  one seed; if it fails, made as small as it gets, with what happened
//   npm run simulate -- --exhaustive 6               a case of so many records in every way that it can go
//   npm run simulate -- --plan file.json             one that was written down: a plan, or a scenario of the tests
//   npm run simulate -- --seeds 1000000 --report r.json   in slices: what is done stands in the file, and is not done again

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { decisionText } from '../src/testing/simulation/decision.js';
import { exhaust } from '../src/testing/simulation/exhaustive.js';
import { type Plan, planOf } from '../src/testing/simulation/plan.js';
import { failedText } from '../src/testing/simulation/run-seeds.js';
import { shrink } from '../src/testing/simulation/shrink.js';
import { simulate } from '../src/testing/simulation/simulate.js';
import { Report } from './report.js';
import { runSlices } from './slices.js';

/** Where everything is wrong, a few say so. */
const toldMax = 20;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    plan: { type: 'string' },
    exhaustive: { type: 'string' },
    from: { type: 'string' },
    seeds: { type: 'string', default: '1000' },
    fresh: { type: 'boolean', default: false },
    'until-found': { type: 'boolean', default: false },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    report: { type: 'string' },
  },
});

if (values.seed !== undefined) await runOne(planOf(wholeNumber('seed', values.seed)));
else if (values.plan !== undefined) await runOne(planIn(values.plan));
else if (values.exhaustive !== undefined) await runExhaustively(wholeNumber('exhaustive', values.exhaustive));
else await runMany();

async function runOne(plan: Plan): Promise<void> {
  const { findings } = await simulate(plan);
  const [first] = findings;
  if (first === undefined) {
    say('all is well');
    return;
  }
  process.exitCode = 1;
  say(failedText({ seed: plan.seed, findings }));
  const { plan: small, runs } = await shrink(plan, first.rule);
  const { transcript, decisions } = await simulate(small);
  say(`\nThe smallest run that breaks the rule '${first.rule}' (${runs} runs tried):`);
  for (const decision of decisions) say(`  ✗ ${decisionText(decision)}`);
  say(`\n${transcript.lines.join('\n')}\n\n${JSON.stringify(small)}`);
}

async function runExhaustively(records: number): Promise<void> {
  const { run, failed } = await exhaust(records);
  for (const { plan, simulated } of failed) {
    say(simulated.findings.map(({ rule, text }) => `✘ ${rule}: ${text}`).join('\n'));
    say(JSON.stringify(plan));
  }
  say(`${run - failed.length} of ${run} ways are well, ${failed.length} are not`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

async function runMany(): Promise<void> {
  const from = values.fresh ? freshSeed() : wholeNumber('from', values.from ?? '1');
  const range = { from, count: wholeNumber('seeds', values.seeds) };
  const report = Report.open(values.report, range);
  let told = 0;
  await runSlices({
    slices: report.left(),
    workers: wholeNumber('workers', values.workers),
    isUntilFound: values['until-found'],
    done: (slice, run, ms) => {
      report.add(slice, run, ms);
      for (const failed of run.failed) if (++told <= toldMax) say(failedText(failed));
    },
  });
  say(report.text());
  process.exitCode = report.failed === 0 ? 0 : 1;
}

/** A plan alone, or one of the scenarios in test/simulation/scenarios. */
function planIn(path: string): Plan {
  const found = JSON.parse(readFileSync(path, 'utf8')) as Plan | { readonly plan: Plan };
  return 'plan' in found ? found.plan : found;
}

/** Seeds that are far from those that are run each time. */
function freshSeed(): number {
  return 1_000_000_000 + (Date.now() % 1_000_000_000);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw Object.assign(new Error(`--${name} is '${text}'`), { hint: 'It is a whole number, such as 1000.' });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

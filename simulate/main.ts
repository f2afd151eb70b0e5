// `npm run simulate`: seeds of simulated disasters.
//
//   npm run simulate -- --seeds 5000                 seeds 1 to 5000, on both cores
//   npm run simulate -- --fresh --seeds 5000         seeds that nobody has run before
//   npm run simulate -- --seed 4711                  one seed; if it fails, made as small as it gets, with what happened
//   npm run simulate -- --exhaustive 6               a case of so many records, each moment and each request in every way
//   npm run simulate -- --plan file.json             one that was written down: a plan, or a scenario of the tests
//   npm run simulate -- --seeds 1000000 --report r.json   in slices: what is done stands in the file, and is not done again

import { exhaust } from '../src/testing/simulation/exhaustive.js';
import { planOf } from '../src/testing/simulation/plan.js';
import { failedText } from '../src/testing/simulation/run-seeds.js';
import { askedOf, type ManySeeds } from './options.js';
import { readPlan } from './plan-file.js';
import { Report } from './report.js';
import { runOne } from './run-one.js';
import { runSlices } from './slices.js';
import { sourcesVersion } from './sources.js';

/** Where everything is wrong, a few say so. */
const toldMax = 20;

const isWell = await answer();
process.exitCode = isWell ? 0 : 1;

async function answer(): Promise<boolean> {
  const asked = askedOf(process.argv.slice(2));
  switch (asked.what) {
    case 'seed':
      return runOne(planOf(asked.seed), `seed ${asked.seed}: npm run simulate -- --seed ${asked.seed}`, say);
    case 'plan':
      return runOne(readPlan(asked.path), `npm run simulate -- --plan ${asked.path}`, say);
    case 'exhaustive':
      return runExhaustively(asked.records);
    case 'seeds':
      return runMany(asked);
  }
}

async function runExhaustively(records: number): Promise<boolean> {
  const { run, failed, isWhole } = await exhaust(records);
  for (const { plan, simulated } of failed) {
    say(simulated.findings.map(({ rule, text }) => `✘ ${rule}: ${text}`).join('\n'));
    say(JSON.stringify(plan));
  }
  say(`${run - failed.length} of ${run} ways are well, ${failed.length} are not`);
  if (!isWhole) say('the others were not tried any more');
  return failed.length === 0;
}

async function runMany({ range, workers, isUntilFound, report: path }: ManySeeds): Promise<boolean> {
  const report = Report.open(path, { range, sources: sourcesVersion() });
  if (report.run > 0) say(`goes on with ${path}: ${report.run} of ${range.count} seeds are done`);
  let told = 0;
  await runSlices({
    slices: report.left(),
    workers,
    isUntilFound,
    done(slice, run, ms) {
      report.add(slice, run, ms);
      for (const failed of run.failed) if (++told <= toldMax) say(failedText(failed));
    },
  });
  say(report.text());
  return report.failed.length === 0;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

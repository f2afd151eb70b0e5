// `npm test`: sets up what is missing, runs all tests, and closes with one line of true counts, whatever happens: it comes
// from vitest's own JSON reports, and a file that does not load, a run that crashes or a run without tests counts as failed.
//
//   node scripts/test.mjs                      everything
//   node scripts/test.mjs --project unit       one project (unit needs no Kafka)
//   node scripts/test.mjs test/engine          files whose path holds this

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { repositoryRoot } from './set-up/steps.mjs';
import { orExplain, setUp } from './set-up.mjs';

const { projects, rest } = parse(process.argv.slice(2));
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
// First, so that the count is the last line also where the set-up fails. What failed is said once more: often enough the end
// of the output is all that is kept of it.
process.once('exit', () => {
  for (const { where, why } of failures) process.stdout.write(`✘ ${where}\n    ${why}\n`);
  if (counts.passed + counts.failed === 0) counts.failed += 1;
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  if (counts.failed > 0 && process.exitCode === undefined) process.exitCode = 1;
});
const kafka = projects.some((project) => project !== 'unit');
await orExplain(() => setUp({ kafka, apicurio: projects.includes('kafka') }));
for (const project of projects) await runProject(project);

function parse(args) {
  const at = args.indexOf('--project');
  if (at < 0) return { projects: ['unit', 'kafka', 'chaos'], rest: args };
  return { projects: [args[at + 1]], rest: args.toSpliced(at, 2) };
}

async function runProject(project) {
  const folder = mkdtempSync(join(tmpdir(), 'processor-test-'));
  const report = join(folder, 'report.json');
  const vitest = join(repositoryRoot, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // With files given, another project may hold none of them.
  if (rest.length > 0) args.push('--passWithNoTests');
  const exitCode = await runNode([vitest, ...args, ...rest]);
  const before = counts.failed;
  const isReported = addReport(report);
  const isExplained = exitCode === 0 ? isReported || rest.length > 0 : counts.failed > before;
  if (!isExplained) {
    counts.failed += 1;
    process.stdout.write(`the test run '${project}' ended with ${exitCode} and no test that explains it\n`);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Adds up a report of vitest; false if there is none. */
function addReport(path) {
  let report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return false; // vitest ended before it wrote it, or while it did
  }
  for (const file of report.testResults) {
    const statuses = file.assertionResults.map(({ status }) => status);
    counts.passed += statuses.filter((status) => status === 'passed').length;
    const failed = statuses.filter((status) => status === 'failed').length;
    // A file that failed without a failed test did not load, or its hooks failed.
    counts.failed += file.status === 'failed' ? Math.max(failed, 1) : failed;
    for (const one of file.assertionResults)
      if (one.status === 'failed') tell(file, one.fullName, one.failureMessages.join('\n'));
    if (file.status === 'failed' && failed === 0) tell(file, 'did not run', file.message);
    counts.skipped += statuses.filter((status) => ['pending', 'skipped', 'todo', 'disabled'].includes(status)).length;
  }
  return true;
}

/** The beginning of a long text says what was wrong, its end where. */
function tell({ name }, test, text) {
  const why = text.length > 3000 ? `${text.slice(0, 2000)}\n…\n${text.slice(-1000)}` : text;
  failures.push({ where: `${relative(repositoryRoot, name)} > ${test}`, why: why.replaceAll('\n', '\n    ') });
}

function runNode(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: 'inherit' });
    // The terminal sends Ctrl-C to both of us; vitest ends, and then we count.
    process.on('SIGINT', () => {});
    process.once('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
}

// A long run may be broken off at any moment: what its file says are the figures of whole slices, of the same seeds and sources.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Report } from '../../simulate/report.js';
import { crashPointNames } from '../../src/engine/crash-point.js';
import { checkers } from '../../src/testing/simulation/checkers/index.js';
import { faultKinds } from '../../src/testing/simulation/faults/index.js';
import { runSeeds } from '../../src/testing/simulation/run-seeds.js';

const about = { range: { from: 1, count: 40 }, sources: 'these' };

test('killed in the middle and begun again, a run has the figures of one that nobody has disturbed', {
  timeout: 120_000,
}, async () => {
  const path = newPath();
  const args = ['--seeds', '60', '--workers', '1', '--report', path];
  const killed = simulate(args);
  while (doneIn(path) < 1) await delay(10);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(doneIn(path)).toBeLessThan(6);

  const again = simulate(args);
  const [out] = await Promise.all([text(again.stdout as NodeJS.ReadableStream), once(again, 'exit')]);
  expect(out).toContain(`goes on with ${path}: `);
  expect(out).toContain('seeds 1 to 60: 60 of 60 are well');
  const { run, counts } = JSON.parse(readFileSync(path, 'utf8')) as { run: number; counts: Record<string, number> };
  const undisturbed = await runSeeds({ from: 1, count: 60 });
  expect(run).toBe(60);
  expect(counts).toEqual(Object.fromEntries(undisturbed.counts));
});

test('a slice that was broken off is run again; one that is done is not', async () => {
  const path = newPath();
  const [first] = Report.open(path, about).left();
  if (first === undefined) throw new Error('there are no slices');
  expect(Report.open(path, about).left()[0]).toEqual(first);
  Report.open(path, about).add(first, await runSeeds(first), 100);
  const { run, ...report } = { run: Report.open(path, about).run, left: Report.open(path, about).left() };
  expect(run).toBe(first.count);
  expect(report.left.map(({ from }) => from)).toEqual([11, 21, 31]);
});

test('a file about other seeds, of other sources, or about something else is not gone on with', () => {
  const path = newPath();
  Report.open(path, about);
  const more = { ...about, range: { from: 1, count: 5000 } };
  expect(() => Report.open(path, more)).toThrow(`${path} is about seeds 1 to 40, not 1 to 5000`);
  const other = { ...about, sources: 'those' };
  expect(() => Report.open(path, other)).toThrow(`${path} was begun with other sources (these, these are those)`);
  writeFileSync(path, '{"run":');
  expect(() => Report.open(path, about)).toThrow(`${path} is no report`);
  writeFileSync(path, 'null');
  expect(() => Report.open(path, about)).toThrow(`${path} is no report`);
  expect(() => Report.open('/no/such/folder/r.json', about)).toThrow('/no/such/folder/r.json cannot be written');
});

test('every kind of fault, every moment and every rule is counted, those that never come too, with their sums', async () => {
  const report = Report.open(undefined, about);
  for (const slice of report.left()) report.add(slice, await runSeeds(slice), 100);
  const lines = report.text().split('\n');
  for (const { name } of faultKinds) expect(lines).toContainEqual(expect.stringMatching(`^  ${name} +\\d`));
  for (const name of crashPointNames) expect(lines).toContainEqual(expect.stringMatching(`^  ${name}( +[\\d,]+){3}$`));
  for (const { name } of checkers) expect(lines).toContainEqual(expect.stringMatching(`^  ${name} +0$`));
  const { counts } = await runSeeds(about.range);
  const struck = faultKinds.reduce((sum, { name }) => sum + (counts.get(`✗ ${name}`) ?? 0), 0);
  expect(struck).toBeGreaterThan(0);
  expect(lines).toContainEqual(expect.stringMatching(`^  all ${faultKinds.length} +${struck.toLocaleString('en')}$`));
  expect(lines.at(-1)).toMatch(/^seeds 1 to 40: 40 of 40 are well, 0 are not; 0 were run twice; .* seeds a second/);
});

function simulate(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['scripts/run.cjs', 'simulate/main.ts', ...args], {
    cwd: join(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function newPath(): string {
  return join(mkdtempSync(join(tmpdir(), 'simulate-')), 'r.json');
}

function doneIn(path: string): number {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { done: unknown[] }).done.length : 0;
}

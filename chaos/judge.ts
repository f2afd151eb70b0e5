// Judges the history files of a run again: `node scripts/run.cjs chaos/judge.ts <folder>`.

import { check } from './checker/check.js';
import { loadHistory } from './checker/load.js';
import { isGood, reportOf } from './checker/report.js';
import { steps } from './steps.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder that holds the history files');
const startMs = performance.now();
const ledger = loadHistory(folder);
const loadedMs = performance.now();
const findings = check(ledger, steps);
const checkedMs = performance.now();
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const mib = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(
  `${reportOf(findings).join('\n')}\nloaded in ${seconds(loadedMs - startMs)}, checked in ${seconds(checkedMs - loadedMs)}, at most ${mib} MiB\n`,
);
process.exitCode = isGood(findings) ? 0 : 1;

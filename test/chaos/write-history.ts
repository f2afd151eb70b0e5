// Writes the files of a good run of any size, to see how long the checker takes over it and how much it needs:
// `node scripts/run.cjs test/chaos/write-history.ts <folder> <records>`, then `node scripts/run.cjs chaos/judge.ts <folder>`.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { historySuffix } from '../../chaos/checker/load.js';
import { HistoryFile } from '../../chaos/history.js';
import { partitionCount, steps } from '../../chaos/steps.js';
import { seededRandom } from '../../src/memory/seeded-random.js';
import { goodHistory } from './good-history.js';

const [folder = 'history', records = '1000000'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const files = new Map<string, HistoryFile>();
const run = { keys: 2000, records: Number(records), random: seededRandom(1).next };
goodHistory(steps, partitionCount, run, (process, { atMs, ...event }) => {
  let file = files.get(process);
  if (file === undefined) files.set(process, (file = new HistoryFile(join(folder, `${process}${historySuffix}`))));
  file.append(event, atMs);
});

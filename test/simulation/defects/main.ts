// `npm run defects`: plants every defect of the catalogue, one after another, and runs the simulation until it finds it. Writes
// docs/planted-defects.md.
//
//   npm run defects                                    all of them, two at a time
//   npm run defects -- --only no-recycle,no-rewind     these; the other rows of the page stay
//   npm run defects -- --only no-recycle --seed 1      shows what one seed does with one defect, and writes nothing

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../../../demo/repository.js';
import { catalogue } from './catalogue.js';
import type { Defect } from './defect.js';
import { search, show } from './search.js';
import { type Row, render, rowOf, rowsOf } from './table.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seed: { type: 'string' },
    'seeds-max': { type: 'string', default: '5000' },
    'at-once': { type: 'string', default: '2' },
    /** Prints the rows, and nothing else. */
    json: { type: 'boolean', default: false },
  },
});
const chosen = values.only === undefined ? catalogue : values.only.split(',').map(byName);
const [first] = chosen;
if (values.seed !== undefined && first) {
  await show(first, values.seed);
} else {
  const rows = await searchAll(chosen);
  if (values.json) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else complain(rows);
}

async function searchAll(defects: readonly Defect[]): Promise<readonly Row[]> {
  const left = [...defects];
  const rows = new Map<string, Row>();
  const worker = async (): Promise<void> => {
    for (let defect = left.shift(); defect; defect = left.shift()) {
      try {
        const searched = await search(defect, Number(values['seeds-max']));
        const row = rowOf(searched);
        rows.set(row.name, row);
        // At once: a long run that ends in the middle has not run for nothing.
        if (!values.json) write([...rows.values()]);
        tell(row, searched.found?.findings[0] ?? row.says);
      } catch (error) {
        process.stderr.write(`✘ ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    }
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));
  return defects.flatMap(({ name }) => rows.get(name) ?? []);
}

function tell({ name, seed }: Row, says: string): void {
  if (!values.json) process.stdout.write(`${name.padEnd(34)} ${String(seed ?? '–').padStart(5)}  ${says}\n`);
}

function write(rows: readonly Row[]): void {
  const page = join(repositoryRoot, 'docs/planted-defects.md');
  const before = existsSync(page) ? rowsOf(readFileSync(page, 'utf8')) : [];
  const all = catalogue.flatMap(({ name }) => [...rows, ...before].find((row) => row.name === name) ?? []);
  writeFileSync(page, render(all));
}

function complain(rows: readonly Row[]): void {
  const missed = rows.filter(({ name, seed }) => seed === undefined && !isExplained(byName(name)));
  for (const { name } of missed) process.stdout.write(`✘ ${name} is not found\n`);
  if (missed.length > 0) process.exitCode = 1;
}

function isExplained({ hiddenBy, awaits }: Defect): boolean {
  return hiddenBy !== undefined || awaits !== undefined;
}

function byName(name: string): Defect {
  const defect = catalogue.find((one) => one.name === name);
  if (defect === undefined) throw new Error(`there is no defect '${name}'`);
  return defect;
}

// The catalogue of planted defects cannot rot: every edit still finds its place, every edited source still compiles, and those
// that are found quickly are found in every test run. The others: npm run defects.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { catalogue } from './defects/catalogue.js';
import { type Defect, editedTexts } from './defects/defect.js';
import { type Row, rowsOf } from './defects/table.js';

const root = join(import.meta.dirname, '../..');
const rows = rowsOf(readFileSync(join(root, 'docs/planted-defects.md'), 'utf8'));

describe('every defect', () => {
  test.for(catalogue.map((defect) => [defect.name, defect] as const))(
    '%s: its edits find their places',
    ([, defect]) => {
      const texts = editedTexts(defect, sourceOf);
      for (const [file, text] of texts) expect(text, file).not.toBe(sourceOf(file));
    },
  );

  test('compiles, so that what is found is the defect', { timeout: 120_000 }, () => {
    for (const [i, together] of apart(catalogue).entries()) {
      const texts = editedTexts(
        { ...(together[0] as Defect), edits: together.flatMap(({ edits }) => edits) },
        sourceOf,
      );
      expect(complaints(texts), `round ${i}: ${together.map(({ name }) => name).join(', ')}`).toEqual([]);
    }
  });

  test('is in the table, which has no other', () => {
    expect(rows.map(({ name }) => name)).toEqual(catalogue.map(({ name }) => name));
  });

  test('is found, or it is said why not', () => {
    const missed = rows.filter(({ seed }) => seed === undefined).map(({ name }) => name);
    const explained = catalogue.filter(({ hiddenBy, awaits }) => hiddenBy ?? awaits).map(({ name }) => name);
    expect(explained).toEqual(expect.arrayContaining(missed));
  });

  test('that is hidden by something else is not found', () => {
    const hidden = catalogue.filter(({ hiddenBy }) => hiddenBy !== undefined);
    const found = rows.filter(({ seed }) => seed !== undefined).map(({ name }) => name);
    for (const { name } of hidden) expect(found).not.toContain(name);
  });

  test('counts: at least twenty-five are found within five thousand seeds', () => {
    expect(rows.filter(({ seed }) => seed !== undefined && seed <= 5000).length).toBeGreaterThanOrEqual(25);
  });
});

test('those that are found quickly are found again', { timeout: 120_000 }, async () => {
  const quick = rows.filter(({ seed }) => seed !== undefined && seed <= 5).slice(0, 10);
  expect(quick.length).toBeGreaterThan(5);
  const names = quick.map(({ name }) => name).join(',');
  const args = ['scripts/run.cjs', 'test/simulation/defects/main.ts', '--only', names, '--seeds-max', '100', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const again = JSON.parse(stdout) as Row[];
  for (const { name, seed } of again) expect(seed, name).toBeDefined();
});

function sourceOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** As few rounds as may be: in each of them no two defects edit the same place, so that they can be compiled together. */
function apart(defects: readonly Defect[]): Defect[][] {
  const rounds: Defect[][] = [];
  for (const defect of defects) {
    const round = rounds.find((one) => !one.some((other) => touches(defect, other)));
    if (round) round.push(defect);
    else rounds.push([defect]);
  }
  return rounds;
}

function touches(one: Defect, other: Defect): boolean {
  return one.edits.some((edit) =>
    other.edits.some(({ file, find }) => {
      if (file !== edit.file) return false;
      const text = sourceOf(file);
      const [from, otherFrom] = [text.indexOf(edit.find), text.indexOf(find)];
      return from < otherFrom + find.length && otherFrom < from + edit.find.length;
    }),
  );
}

function complaints(texts: ReadonlyMap<string, string>): string[] {
  const files = new Map([...texts].map(([file, text]) => [join(root, file), text]));
  const host = ts.createCompilerHost(options);
  const parsed = host.getSourceFile.bind(host);
  host.getSourceFile = (file, version, ...rest) => {
    const text = files.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, version);
    const known = sources.get(file) ?? parsed(file, version, ...rest);
    if (known) sources.set(file, known);
    return known;
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
  });
}

const sources = new Map<string, ts.SourceFile>();
const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
  config: unknown;
};
const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent(config, ts.sys, root).options,
  // What an edit leaves without use is not what it is about.
  noUnusedLocals: false,
  noUnusedParameters: false,
};

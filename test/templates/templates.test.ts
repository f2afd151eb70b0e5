// The templates as they stand in the repository: whole projects that compile under their own settings, with the versions that
// this repository was tested with. test/cli/packed.test.ts runs them from the packed tarball.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import { templatePaths } from '../../src/cli/init/template-files.js';
import { ownNames, templateNames } from '../../src/cli/init/template-names.js';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

let program: ts.Program;

// One program for all of them: most of the time goes into what they import.
beforeAll(() => {
  const parsed = templateNames.map((name) => {
    const folder = join(root, 'templates', name);
    const text = readFileSync(join(folder, 'tsconfig.json'), 'utf8');
    return ts.parseJsonConfigFileContent(JSON.parse(text), ts.sys, folder);
  });
  // No package is installed there: `processor` is the sources, the others are the repository's.
  const paths = {
    processor: [join(root, 'src/index.ts')],
    'processor/testing': [join(root, 'src/testing/index.ts')],
  };
  const files = parsed.flatMap(({ fileNames }) => fileNames);
  program = ts.createProgram(files, { ...parsed[0]?.options, paths });
}, 120_000);

test('all have the same compiler settings', () => {
  const [first, ...others] = templateNames.map((name) => readFileSync(join(root, 'templates', name, 'tsconfig.json')));
  for (const other of others) expect(other).toEqual(first);
});

test('each is in the package, and nothing else is in templates/', () => {
  expect(readdirSync(join(root, 'templates')).sort()).toEqual([...templateNames].sort());
});

describe.for([...templateNames])('%s', (name) => {
  const folder = join(root, 'templates', name);
  const manifest = manifestIn(folder);

  test('has the files that init copies', () => {
    const there = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
    expect(there.sort()).toEqual([...templatePaths(name)].sort());
  });

  test('compiles', () => {
    const sources = program.getRootFileNames().filter((file) => file.startsWith(`${folder}/`));
    expect(sources).toHaveLength(2);
    expect(sources.flatMap(complaints)).toEqual([]);
  });

  test('asks for the versions that the repository is tested with', () => {
    const { devDependencies: own } = manifestIn(root);
    const { processor, ...others } = { ...manifest.dependencies, ...manifest.devDependencies };
    // init puts the running version in its place.
    expect(processor).toBe('*');
    expect(others).toEqual(Object.fromEntries(Object.keys(others).map((one) => [one, `^${own[one]}`])));
  });

  test('lets npm 12 run the one install script that it needs, and says no to the others', () => {
    expect(manifest.allowScripts).toMatchObject(manifestIn(root).allowScripts);
  });

  test('names its processor where init puts another name, and nowhere in parts', () => {
    const text = readFileSync(join(folder, 'processors', `${ownNames[name]}.ts`), 'utf8');
    expect(text).toContain(`name: '${ownNames[name]}'`);
    // A topic, say, whose name begins like the processor's would be renamed with it.
    const whole = new RegExp(`(?<![\\w-])${ownNames[name]}(?![\\w-])`, 'g');
    expect(text.match(whole)).toHaveLength(text.split(ownNames[name]).length - 1);
  });

  test('has a README of ten lines or so, whose commands are whole', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(readme.split('\n').length).toBeLessThanOrEqual(12);
    for (const [, line] of readme.matchAll(/^ {4}echo '(.+?)' \|/gm))
      expect(Object.keys(JSON.parse(line as string) as object)).toEqual(['key', 'value']);
  });
});

test('the guide shows the minimal one as it is', () => {
  const page = readFileSync(join(root, 'docs/guide/first-processor.md'), 'utf8');
  const path = 'processors/count-words.ts';
  const text = readFileSync(join(root, 'templates/minimal', path), 'utf8');
  expect(page).toContain(`\`\`\`ts\n// ${path}\n${text}\`\`\`\n`);
});

test('create-processor is of the same version, and brings exactly that processor', () => {
  const { version, dependencies } = manifestIn(join(root, 'packages/create-processor'));
  const own = manifestIn(root).version;
  expect({ version, dependencies }).toEqual({ version: own, dependencies: { processor: own } });
});

function complaints(file: string): string[] {
  const source = program.getSourceFile(file);
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

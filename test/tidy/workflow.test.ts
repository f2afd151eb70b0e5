// The workflow runs the suite on the versions of Node that are promised, by commands that exist.

import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: {
    readonly test: {
      readonly strategy: { readonly matrix: { readonly node: readonly string[] } };
      readonly steps: readonly {
        readonly run?: string;
        readonly uses?: string;
        readonly with?: Readonly<Record<string, string>>;
      }[];
    };
  };
}

const workflow = parse(read('.github/workflows/test.yml')) as Workflow;
const { steps, strategy } = workflow.jobs.test;
const { engines, scripts } = JSON.parse(read('package.json')) as {
  readonly engines: { readonly node: string };
  readonly scripts: Readonly<Record<string, string>>;
};

test('it runs on what is pushed and on pull requests', () => {
  expect(Object.keys(workflow.on)).toEqual(['push', 'pull_request']);
});

test('its versions of Node are those of the README, and begin with the oldest that "engines" takes', () => {
  const [, oldest, promised = ''] = /Node ≥ (\d+\.\d+) \((\d+(?:, \d+)*)\)/.exec(read('README.md')) ?? [];
  const { node } = strategy.matrix;
  expect(engines.node).toBe(`>=${oldest}`);
  expect(node[0]).toBe(oldest);
  expect(node.map((version) => version.split('.')[0])).toEqual(promised.split(', '));
});

test('its Java is the one that the README asks for', () => {
  const [, promised] = /Java (\d+)/.exec(read('README.md')) ?? [];
  expect(steps.find(({ uses }) => uses?.startsWith('actions/setup-java@'))?.with).toMatchObject({
    'java-version': promised,
  });
});

test('it keeps what npm and Maven have fetched', () => {
  expect(steps.find(({ uses }) => uses?.startsWith('actions/setup-node@'))?.with).toMatchObject({ cache: 'npm' });
  const cache = steps.find(({ uses }) => uses?.startsWith('actions/cache@'))?.with;
  expect(cache?.['path']?.trim().split('\n')).toEqual(['~/.m2/repository', '~/.cache/processor']);
  for (const [, files = ''] of cache?.['key']?.matchAll(/hashFiles\((.+?)\)/g) ?? [])
    for (const [, path] of files.matchAll(/'(.+?)'/g)) accessSync(join(root, path as string));
});

test('it runs every test and every check, by commands that are there', () => {
  const commands = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
  expect(commands).toEqual(expect.arrayContaining(['.ci/run', 'npm run verify']));
  accessSync(join(root, '.ci/run'), constants.X_OK);
  for (const command of commands)
    for (const [, script] of command.matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty([script as string]);
});

test("it has what the addon's build needs, as the set-up names it", async () => {
  const { howToInstall } = (await import(join(root, 'scripts/set-up/debian.mjs'))) as { howToInstall: string };
  const packages = howToInstall.split('apt-get install ')[1] as string;
  expect(steps.some(({ run }) => run?.endsWith(` ${packages}`))).toBe(true);
});

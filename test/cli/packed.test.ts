// The package as npm hands it out: packed, installed into an empty folder, and used there as a stranger uses it. npm resolves the
// dependencies anew, from its cache where that has them. Install scripts do not run: the Kafka client's addon is the one that this
// clone has, put in place by the set-up (docs/install.md says how others get theirs).

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TemplateName, templateNames } from '../../src/cli/init/template-names.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { pages } from '../support/snippets.js';
import { RunningCli } from './support.js';

const root = join(import.meta.dirname, '../..');
/** npm and the compiler on a busy machine, in a fresh clone with an empty npm cache. */
const longMs = 300_000;

/** An empty folder with the packages installed in it; the projects are made below it, and find the packages from there. */
let folder: string;
let packed: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processor-packed-'));
  const tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  await Promise.all([
    run('npm', ['pack', '--pack-destination', tarballs], root),
    run('npm', ['pack', '--pack-destination', tarballs], join(root, 'packages/create-processor')),
  ]);
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name));
  const [processor] = files.filter((path) => !path.includes('create-processor'));
  packed = (await run('tar', ['-tzf', processor as string], folder)).trim().split('\n');
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags, ...files, ...(await packagesOfTemplates())], folder);
  await run(process.execPath, [join(root, 'scripts/set-up.mjs'), '--quiet', '--addon-to', folder], folder);
}, longMs);

afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

test('holds what it says that it does, and of what was built only what has a source', async () => {
  const { files } = await ownManifest();
  const tops = new Set(packed.map((path) => path.split('/')[1]));
  const named = files.map((path) => path.split('/')[0] as string);
  expect([...tops].sort()).toEqual([...new Set([...named, 'LICENSE', 'README.md', 'package.json'])].sort());
  for (const template of templateNames) expect(packed).toContain(`package/templates/${template}/gitignore`);
  const built = packed.flatMap((path) => /^package\/dist\/(.+)\.js$/.exec(path)?.[1] ?? []);
  expect(built.length).toBeGreaterThan(50);
  expect(built.filter((module) => !existsSync(join(root, 'src', `${module}.ts`)))).toEqual([]);
});

test(
  'every one of its exports can be imported',
  async () => {
    const { exports } = await ownManifest();
    const names = Object.keys(exports).filter((name) => !name.endsWith('.json'));
    const imports = names.map((name) => `await import(${JSON.stringify(`processor${name.slice(1)}`)});`);
    expect(await run(process.execPath, ['--input-type=module', '-e', imports.join('\n')], folder)).toBe('');
  },
  longMs,
);

describe.concurrent('a project that begins with a template', () => {
  test.for([
    { template: 'minimal', create: 'create-processor' },
    { template: 'two-outputs', create: 'processor init' },
    { template: 'avro', create: 'processor init' },
  ])(
    'passes its own tests and its type check at once: $template, by $create',
    { timeout: longMs },
    async ({ template, create }) => {
      await run('npx', [...create.split(' '), template, '--template', template], folder);
      const project = join(folder, template);
      const [tests] = await Promise.all([run('npm', ['test'], project), run('npx', ['tsc'], project)]);
      expect(tests).toMatch(/Tests\s+\d+ passed/);
    },
  );
});

test(
  "runs: a template's processor and one by hand, as the README shows it, copied from its page",
  async () => {
    const [readme] = pages();
    const [byHand] = readme?.snippets ?? [];
    const project = join(folder, 'shop');
    await run('npx', ['processor', 'init', 'shop', '--template', 'two-outputs', '--yes'], folder);
    const fromTemplate = await readFile(join(project, 'processors/split-orders.ts'), 'utf8');
    // The broker is shared: the topics get names of their own, the groups a namespace.
    const own = `${uniqueName('packed')}-`;
    const renamed = (text: string, more = ''): string => text.replace(/ topic\('/g, ` topic('${own}${more}`);
    await writeFile(join(project, 'processors/split-orders.ts'), renamed(fromTemplate));
    await writeFile(join(project, 'processors/enrich-orders.ts'), renamed(byHand?.text ?? '', 'by-hand-'));

    const kafka = new RawKafka(testBrokers());
    await run('npx', ['processor', 'topics', 'create', '-b', testBrokers(), '--namespace', own], project);
    const order = { sku: 'cd-17', quantity: 3, unitCents: 1290, address: '1 Main Street' };
    const [good, bad] = [JSON.stringify(order), JSON.stringify({ ...order, quantity: 0 })];
    await kafka.produce(`${own}orders`, [
      { key: '1', value: bad },
      { key: '2', value: good },
    ]);
    await kafka.produce(`${own}by-hand-orders`, [{ key: '3', value: '{"cents":300,"quantity":2}' }]);

    const running = new RunningCli(
      // In a process group, as on a terminal: there Ctrl-C reaches npx and what it runs.
      spawn('npx', ['processor', 'run', '-b', testBrokers(), '--namespace', own], {
        cwd: project,
        env: environment(),
        detached: true,
      }),
    );
    try {
      const values = async (topic: string): Promise<unknown> => (await kafka.values(topic)).join();
      await running.does('both have done their work', async () => {
        return (
          (await values(`${own}invoices`)) === '{"totalCents":3870}' &&
          (await values(`${own}shipments`)) === '{"sku":"cd-17","quantity":3,"address":"1 Main Street"}' &&
          (await values(`${own}split-orders.dlq`)) === bad &&
          (await values(`${own}by-hand-enriched-orders`)) === '{"unitCents":150}'
        );
      });
    } finally {
      process.kill(-(running.child.pid as number), 'SIGINT');
    }
    await running.ended;
    const stopped = running.log.filter(({ fact }) => fact === 'processor-stopped');
    expect(stopped.map(({ processor }) => processor).sort()).toEqual(['enrich-orders', 'split-orders']);
  },
  longMs,
);

test(
  'what the pages show runs: their tests in vitest, one of them in node:test, and each of their processors is loaded',
  async () => {
    const shown = pages().map(({ path, snippets }) => ({ project: join(folder, path.replace(/\W/g, '-')), snippets }));
    for (const { project, snippets } of shown)
      for (const { path = 'unnamed.ts', text } of snippets) {
        await mkdir(dirname(join(project, path)), { recursive: true });
        await writeFile(join(project, path), text);
      }
    const loaded = shown.filter(({ snippets }) => snippets.some(({ path }) => path?.startsWith('processors/')));
    expect(loaded.length).toBeGreaterThan(2);
    for (const { project } of loaded) await run('npx', ['processor', 'describe', '--json'], project);
    // The README's and that of the page about testing.
    const tested = shown.filter(({ snippets }) => snippets.some(({ path }) => path?.endsWith('.test.ts')));
    expect(tested.length).toBeGreaterThan(1);
    for (const { project } of tested)
      expect(await run('npx', ['vitest', 'run'], project)).toMatch(/Tests\s+\d+ passed/);
    const byNode = await nodeTests();
    expect(byNode.length).toBeGreaterThan(1);
    for (const [i, text] of byNode.entries()) {
      await writeFile(join(folder, `shown-${i}.test.mjs`), text);
      expect(await run(process.execPath, ['--test', `shown-${i}.test.mjs`], folder)).toContain('# fail 0');
    }
  },
  longMs,
);

/** What vitest does, Node's own runner does, too: the page about testing shows it in plain JavaScript. */
async function nodeTests(): Promise<readonly string[]> {
  const page = await readFile(join(root, 'docs/testing.md'), 'utf8');
  return [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
}

interface Manifest {
  readonly files: readonly string[];
  readonly exports: object;
}

async function ownManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
}

/** What the templates would have npm install, but for processor itself: `zod@^4.6.7`, … */
async function packagesOfTemplates(): Promise<readonly string[]> {
  const wanted = await Promise.all(templateNames.map(dependenciesOf));
  return [...new Set(wanted.flat())];
}

async function dependenciesOf(template: TemplateName): Promise<readonly string[]> {
  const text = await readFile(join(root, 'templates', template, 'package.json'), 'utf8');
  const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Record<string, string>>;
  return Object.entries({ ...dependencies, ...devDependencies })
    .filter(([name]) => name !== 'processor')
    .map(([name, range]) => `${name}@${range}`);
}

/** Runs a command to its end; where that is no good one, what it said is the error. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { cwd, env: environment(), maxBuffer: 2 ** 26 });
    return stdout;
  } catch (cause) {
    const { stdout, stderr } = cause as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${command} ${args.join(' ')} in ${cwd}:\n${stdout}${stderr}`, { cause });
  }
}

/** What npm needs to reach its registry, and nothing of the run that this test is part of: its commands, its variables. */
function environment(): Record<string, string> {
  const passed =
    /^(HOME|XDG_\w+|(https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|npm_config_(?!local_prefix)\w+)$/i;
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((place) => !place.includes('node_modules'));
  return Object.fromEntries([
    ...Object.entries(process.env).flatMap(([name, value]) => (passed.test(name) && value ? [[name, value]] : [])),
    ['PATH', path.join(delimiter)],
    ['NO_COLOR', '1'],
  ]);
}

// `processor check` as a user has it: real modules in a folder of their own, and no Kafka.

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { cli, project, reported } from '../support.js';

interface Found {
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly level: string;
  readonly code: string;
  readonly message: string;
}

async function checked(files: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const folder = await project(files);
  const result = await cli(['check', '--json', ...args], { cwd: folder });
  const { findings, notChecked, summary } = JSON.parse(result.stdout) as {
    readonly findings: readonly Found[];
    readonly notChecked: readonly string[];
    readonly summary: object;
  };
  const places = findings.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
  return { ...result, folder, findings, notChecked, summary, places };
}

const topics = `import { text, topic } from 'processor';
export const orders = topic('orders', { key: text(), value: text() });
export const enriched = topic('enriched', { key: text(), value: text() });
`;

const good = `import { processor } from 'processor';
import { enriched, orders } from './_topics.js';

export default processor({
  name: 'enrich',
  input: orders,
  outputs: { enriched },
  handle({ key, value, timestamp }, { out }) {
    out.enriched(key, \`\${value} \${new Date(timestamp).toISOString()}\`);
  },
});
`;

describe('nothing is found', () => {
  test('where nothing is wrong, and what was not looked at is said', async () => {
    const folder = await project({ 'processors/_topics.ts': topics, 'processors/enrich.ts': good });
    const { code, stdout, stderr } = await cli(['check'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^not checked: types: there is no tsconfig\.json\nnothing found in 1 processor \(\d+\.\d s\)\n$/,
    );
  });
});

describe('found are', () => {
  test('all mistakes of all modules, each with its place', async () => {
    const { code, stderr, places, summary } = await checked({
      'processors/_topics.ts': topics,
      'processors/a-syntax.ts': 'export const a = 1;\nexport const b = = 2;\n',
      'processors/b-nowhere.ts': "import { text } from 'processor';\nimport './_nowhere.js';\nvoid text;\n",
      'processors/c-package.ts': "import { text } from 'processor';\n\nimport 'not-installed';\nvoid text;\n",
      'processors/d-throws.ts': "interface Unused { a: number }\n\n  throw new Error('no licence');\n",
      'processors/e-option.ts': good.replace("'enrich'", "'e'").replace('outputs', 'ouputs'),
      'processors/f-none.ts': "import { orders } from './_topics.js';\nexport const f = orders.name;\n",
      'processors/g-schema.ts': `import { avroOf, text, topic } from 'processor';
export const g = topic('g', { key: text(), value: avroOf({ type: 'record', name: 'G' }) });
`,
      'processors/h-loop.ts': good.replace("'enrich'", "'h'").replace('{ enriched }', '{ enriched: orders }'),
      'processors/i-good.ts': good,
      'processors/j-twin.ts': good,
    });
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(places).toEqual([
      'processors/a-syntax.ts:2:18 PRC_MODULE_UNREADABLE',
      'processors/b-nowhere.ts:2:8 PRC_MODULE_UNREADABLE',
      'processors/c-package.ts:3:8 PRC_MODULE_FAILED',
      'processors/d-throws.ts:3:9 PRC_MODULE_FAILED',
      'processors/e-option.ts:4:16 PRC_OPTION_UNKNOWN',
      'processors/f-none.ts:1:1 PRC_MODULE_WITHOUT_PROCESSOR',
      'processors/g-schema.ts:2:51 PRC_SCHEMA_INVALID',
      'processors/h-loop.ts:4:16 PRC_OUTPUT_LOOP',
      'processors/j-twin.ts:4:16 PRC_PROCESSOR_DEFINED_TWICE',
    ]);
    expect(summary).toMatchObject({ processors: 2, errors: 9, warnings: 0 });
  });

  test('an output that feeds its own processor, which run refuses, too, unless it is meant', async () => {
    const looped = good.replace('{ enriched }', '{ enriched: orders }');
    const { places, folder } = await checked({ 'processors/_topics.ts': topics, 'processors/enrich.ts': looped });
    expect(places).toEqual(['processors/enrich.ts:4:16 PRC_OUTPUT_LOOP']);
    const run = await cli(['run', '-b', '127.0.0.1:1', '--json'], { cwd: folder });
    expect(run.code).toBe(3);
    expect(reported(run)).toMatchObject({
      code: 'PRC_OUTPUT_LOOP',
      hint: expect.stringContaining('feedsItself: true'),
    });
    const meant = looped.replace('  input', '  feedsItself: true,\n  input');
    const { code } = await checked({ 'processors/_topics.ts': topics, 'processors/enrich.ts': meant });
    expect(code).toBe(0);
  });

  test('a mistake that several modules import, once', async () => {
    const { places } = await checked({
      'processors/_shared.ts': "export const shared = 1;\nthrow new Error('not here');\n",
      'processors/a.ts': "import './_shared.js';\n",
      'processors/b.ts': "import './_shared.js';\n",
    });
    expect(places).toEqual(['processors/_shared.ts:2:7 PRC_MODULE_FAILED']);
  });

  test('topics that contradict each other, at the call that does', async () => {
    const own = `import { processor, text, topic } from 'processor';
const keyed = { key: text() };
const orders = topic('orders', {
  ...keyed, value: text(), partitions: 3 });
export default processor({ name: 'own', input: orders, handle() {} });
`;
    const { places, code } = await checked({
      'processors/_topics.ts': topics,
      'processors/enrich.ts': good,
      'processors/own.ts': own,
      'processors/settle.ts': good.replace("'enrich'", "'settle'"),
    });
    expect(places).toEqual(['processors/own.ts:3:16 PRC_TOPIC_DEFINED_TWICE']);
    expect(code).toBe(3);
  });

  test('warnings, which are no failure, unless they are meant to be', async () => {
    const files = {
      'processors/_topics.ts': topics,
      'processors/back.ts': good
        .replace("'enrich'", "'back'")
        .replace('input: orders', 'input: enriched')
        .replace('{ enriched }', '{ enriched: orders }'),
      'processors/enrich.ts': `let seen = 0; // counts

${good
  .replace('    out.enriched', '    seen += 1;\n    setTimeout(() => out.enriched(key, value), 10);\n    out.enriched')
  .replace('new Date(timestamp).toISOString()', 'Date.now()')}`,
    };
    const { code, findings, places, folder } = await checked(files);
    expect(code).toBe(0);
    expect(places).toEqual([
      'processors/back.ts:4:16 PRC_CYCLE',
      'processors/enrich.ts:11:5 PRC_HANDLER_OUTLIVING_STATE',
      'processors/enrich.ts:12:5 PRC_HANDLER_NOT_AWAITED',
      'processors/enrich.ts:13:35 PRC_HANDLER_UNREPEATABLE',
    ]);
    expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(['warning']));
    expect((await cli(['check', '--strict'], { cwd: folder })).code).toBe(3);
  });

  test('what the settings have against the promise (E15), and no secret with it', async () => {
    const folder = await project({ 'processors/_topics.ts': topics, 'processors/enrich.ts': good });
    const settings = ['-b', 'http://kafka', '-X', 'acks=1', '-X', 'isolation.level=read_uncommitted'];
    const { code, stdout } = await cli(['check', ...settings], {
      cwd: folder,
      env: { KAFKA_SASL_PASSWORD: 'hunter2', KAFKA_SASL_USERNAME: 'alice' },
    });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^- +error +PRC_BROKERS_INVALID {2}.*http:\/\//m);
    expect(stdout).toMatch(/^- +error +PRC_SETTING_REFUSED {2}the client setting 'acks'/m);
    expect(stdout).toMatch(/^- +error +PRC_SETTING_REFUSED {2}the client setting 'isolation\.level'/m);
    expect(stdout).toMatch(/^- +error +PRC_SETTING_INVALID {2}.*nobody would log in/m);
    expect(stdout).not.toContain('hunter2');
  });

  test('a mistake in the config file, with its place, beside those of the processors', async () => {
    const { places } = await checked({
      'processor.config.ts':
        "import { defineConfig } from 'processor';\nexport default defineConfig({ brokers = 'x' });\n",
      'processors/a.ts': 'export const a = 1;\n',
    });
    expect(places).toEqual([
      'processor.config.ts:2:39 PRC_MODULE_UNREADABLE',
      'processors/a.ts:1:1 PRC_MODULE_WITHOUT_PROCESSOR',
    ]);
  });

  test('in words for people: place, level, code, sentence, and below it what to do', async () => {
    const folder = await project({ 'processors/a.ts': 'export const b = = 2;\n' });
    const { stdout } = await cli(['check'], { cwd: folder });
    expect(stdout).toMatch(
      /^processors\/a\.ts:1:18 {2}error {4}PRC_MODULE_UNREADABLE {2}Unexpected "="\n {4}Correct the module; nothing was started\.\n\nnot checked: .*\n1 error, 0 warnings in 0 processors \(\d+\.\d s\)\n$/,
    );
  });
});

describe('of what is wanted by name', () => {
  const files = {
    'processors/_topics.ts': topics,
    'processors/enrich.ts': good,
    'processors/broken.ts': '!',
    'processors/none.ts': 'export const a = 1;',
  };

  test('others are left out', async () => {
    const { code, findings } = await checked(files, ['enrich']);
    expect({ code, findings }).toEqual({ code: 0, findings: [] });
  });

  test('a name that is nowhere is an error, and so is a module that it may be in', async () => {
    const { places, findings } = await checked(files, ['enrihc']);
    expect(places).toEqual(['processors/broken.ts:1:2 PRC_MODULE_UNREADABLE', 'null:null:null PRC_PROCESSOR_UNKNOWN']);
    expect(findings[1]).toMatchObject({ hint: expect.stringContaining("Did you mean 'enrich'?") });
  });

  test('a file that is not there is an error, and so is a folder without any', async () => {
    expect((await checked(files, ['processors/x.ts'])).places).toEqual(['null:null:null PRC_MODULE_MISSING']);
    expect((await checked({})).places).toEqual(['null:null:null PRC_MODULES_NONE']);
  });
});

describe('with --live', () => {
  test('brokers and a registry that do not answer are said beside what can be known without them', async () => {
    const nobody = '127.0.0.1:1';
    const folder = await project({
      'processors/bill.ts': `import { avroOf, processor, text, topic } from 'processor';
const input = topic('bills', { key: text(), value: avroOf<string>('string') });
export default processor({ name: 'bill', input, handle() {} });
`,
    });
    const { code, stdout } = await cli(['check', '--live', '-b', nobody], {
      cwd: folder,
      env: { SCHEMA_REGISTRY_URL: `http://${nobody}` },
    });
    expect(code).toBe(4);
    expect(stdout).toMatch(/^- +error +PRC_BROKER_UNREACHABLE/m);
    expect(stdout).toMatch(/^- +error +PRC_REGISTRY_UNREACHABLE/m);
    expect(stdout).toMatch(/^not checked: all that the brokers know$/m);
  });

  test('no brokers, or no processor to ask for, are said as well', async () => {
    const { places, notChecked } = await checked({ 'processors/a.ts': '!' }, ['--live']);
    expect(places).toEqual(['processors/a.ts:1:2 PRC_MODULE_UNREADABLE']);
    expect(notChecked).toContainEqual(expect.stringContaining('no processor to ask for'));
    const unnamed = await checked({ 'processors/_topics.ts': topics, 'processors/enrich.ts': good }, ['--live']);
    expect(unnamed.places).toEqual(['null:null:null PRC_BROKERS_MISSING']);
    expect(unnamed.code).toBe(3);
  });
});

describe('types', () => {
  test('are checked by the project’s own compiler, and left out if that is wanted', { timeout: 90_000 }, async () => {
    const folder = await project({
      'processors/enrich.ts': "import { name } from './_name';\nexport const a: number = name;\n",
      'processors/_name.ts': "export const name = 'a';\n",
      'tsconfig.json':
        '{ "compilerOptions": { "strict": true, "skipLibCheck": true, "types": [] }, "include": ["processors"] }',
    });
    const packages = fileURLToPath(new URL('../../../node_modules/typescript', import.meta.url));
    await symlink(packages, join(folder, 'node_modules/typescript'));
    const { stdout, code } = await cli(['check'], { cwd: folder });
    expect(code).toBe(3);
    expect(stdout).toContain(
      "processors/enrich.ts:2:14  error    PRC_TYPE_MISTAKE  TS2322: Type 'string' is not assignable",
    );
    const without = await cli(['check', '--no-types'], { cwd: folder });
    expect(without.stdout).not.toContain('TS2322');
    expect(without.stdout).toContain('not checked: types: --no-types\n');
  });
});

// Which modules are found, and what is said about those that cannot be used. Processors are found before anything connects,
// so most of these tests name a Kafka that is not there.

import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { moduleFiles } from '../../src/cli/discover.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { cli, project, reported } from './support.js';

const nobody = '127.0.0.1:1';

const module = (name: string, more = ''): string => `
import { jsonOf, processor, text, topic } from 'processor';
${more}
const orders = topic('orders', { key: text(), value: jsonOf<{ id: number }>() });
export default processor({ name: '${name}', input: orders, handle(order) { void order.value.id; } });
`;

/** What finding these modules comes to. */
async function refusal(files: Readonly<Record<string, string>>, args: readonly string[] = []) {
  const folder = await project(files);
  const result = await cli(['topics', 'create', ...args, '-b', nobody, '--json'], { cwd: folder });
  return { folder, code: result.code, error: reported(result), result };
}

describe('found are', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await project({});
    await mkdir(join(folder, 'processors/deep'), { recursive: true });
    for (const name of [
      'a.ts',
      'b.mts',
      'c.js',
      'd.mjs',
      '_shared.ts',
      'a.test.ts',
      'a.test-d.ts',
      'b.spec.mts',
      'types.d.ts',
      'schema.avsc',
      'notes.md',
      'deep/e.ts',
    ])
      await writeFile(join(folder, 'processors', name), '');
  });

  test('modules right below processors/, without tests, declarations and names that begin with _', () => {
    expect(moduleFiles(folder)).toEqual(
      ['a.ts', 'b.mts', 'c.js', 'd.mjs'].map((name) => join(folder, 'processors', name)),
    );
  });

  test('none where there is no such folder', () => {
    expect(moduleFiles(join(folder, 'processors/deep'))).toEqual([]);
  });
});

describe('a module is refused, and nothing is started,', () => {
  test('if it has a syntax error: file, line and column are named', async () => {
    const { code, error } = await refusal({ 'processors/broken.ts': 'export const a = 1;\nexport const b = = 2;\n' });
    expect(code).toBe(3);
    expect(error.code).toBe('PRC_MODULE_UNREADABLE');
    expect(error.message).toMatch(/^processors\/broken\.ts:2:18: Unexpected "="/);
  });

  test('if it imports a file that is not there', async () => {
    const { code, error } = await refusal({ 'processors/broken.ts': module('broken', "import './_nowhere.js';") });
    expect(code).toBe(3);
    expect(error.message).toMatch(/^processors\/broken\.ts:3:8: Could not resolve "\.\/_nowhere\.js"/);
  });

  test('if it imports what processor does not export', async () => {
    const { code, error } = await refusal({ 'processors/broken.ts': "import 'processor/nowhere';" });
    expect(code).toBe(3);
    expect(error.message).toContain("the package 'processor' has no export 'processor/nowhere'");
  });

  test('if it throws while it is loaded: the line of the user’s own file is named', async () => {
    const { folder, code, error } = await refusal({
      'processors/broken.ts': "interface Unused { a: number }\n\nthrow new Error('no licence');\n",
    });
    expect(code).toBe(3);
    expect(error).toMatchObject({
      code: 'PRC_MODULE_FAILED',
      message: 'processors/broken.ts failed while it was loaded: no licence',
      at: ['processors/broken.ts:3:7'],
    });
    const { stderr } = await cli(['topics', 'create', '-b', nobody], { cwd: folder });
    expect(stderr).toContain('at    processors/broken.ts:3:7');
  });

  test('if a package that it imports is not installed', async () => {
    const { code, error } = await refusal({ 'processors/broken.ts': module('broken', "import 'not-installed';") });
    expect(code).toBe(3);
    expect(error.message).toBe("processors/broken.ts failed while it was loaded: Cannot find package 'not-installed'");
  });

  test('if the DSL refuses what it says: with its own error, at the line that says it', async () => {
    const { code, error } = await refusal({ 'processors/broken.ts': module('has a space') });
    expect(code).toBe(3);
    expect(error).toMatchObject({ code: 'PRC_NAME_INVALID', at: ['processors/broken.ts:5:16'] });
  });

  test('if its processor is not its default export', async () => {
    const text = module('enrich').replace('export default', 'export const enrich =');
    const { code, error } = await refusal({ 'processors/enrich.ts': text });
    expect(code).toBe(3);
    expect(error.code).toBe('PRC_MODULE_WITHOUT_PROCESSOR');
    expect(error.message).toContain("it exports the processor 'enrich' as enrich");
  });

  test('if it exports nothing', async () => {
    const { error } = await refusal({ 'processors/empty.ts': 'const a = 1; void a;' });
    expect(error.message).toContain('it exports nothing');
  });

  test('if another module has a processor of this name', async () => {
    const { code, error } = await refusal({ 'processors/a.ts': module('same'), 'processors/b.ts': module('same') });
    expect(code).toBe(3);
    expect(error.code).toBe('PRC_PROCESSOR_DEFINED_TWICE');
    expect(error.message).toContain('processors/a.ts and processors/b.ts');
  });

  test('if another module defines a topic of this name differently', async () => {
    const { code, error } = await refusal({
      'processors/a.ts': module('a'),
      'processors/b.ts': module('b').replace('jsonOf<{ id: number }>()', 'text() as never'),
    });
    expect(code).toBe(3);
    expect(error.code).toBe('PRC_TOPIC_DEFINED_TWICE');
  });

  test('if there is none', async () => {
    const { folder, code, error } = await refusal({});
    expect(code).toBe(3);
    expect(error).toMatchObject({
      code: 'PRC_MODULES_NONE',
      message: expect.stringContaining(join(folder, 'processors')),
    });
  });
});

describe('named are', () => {
  const files = { 'processors/enrich.ts': module('enrich-orders'), 'processors/settle.ts': module('settle-orders') };

  test('processors: a mistyped name suggests the one that was meant', async () => {
    const { code, error } = await refusal(files, ['enrich-order']);
    expect(code).toBe(3);
    expect(error.code).toBe('PRC_PROCESSOR_UNKNOWN');
    expect(error.hint).toBe("Did you mean 'enrich-orders'? The processors here: enrich-orders, settle-orders.");
  });

  test('processors with a mistake of types, too: they are found as they would run, and types are for tsc', async () => {
    const mistaken = module('mistaken', "const id: number = 'a text'; void id;");
    const { error } = await refusal({ 'processors/mistaken.ts': mistaken }, ['nobody']);
    expect(error).toMatchObject({ code: 'PRC_PROCESSOR_UNKNOWN', hint: 'The processors here: mistaken.' });
  });

  test('files: one that is not there is said', async () => {
    const { code, error } = await refusal(files, ['processors/enrch.ts']);
    expect(code).toBe(3);
    expect(error).toMatchObject({ code: 'PRC_MODULE_MISSING', message: 'there is no file processors/enrch.ts' });
  });

  test('files anywhere: those of processors/ are not looked at then', async () => {
    const folder = await project({
      'jobs/nightly.ts': module('nightly').replace("'orders'", `'${uniqueName('nowhere')}'`),
      'processors/broken.ts': '!',
    });
    const result = await cli(['run', './jobs/nightly.ts', '-b', testBrokers(), '--json'], { cwd: folder });
    expect(reported(result)).toMatchObject({
      code: 'PRC_TOPICS_MISSING',
      message: expect.stringContaining("'nightly'"),
    });
  });
});

describe('a module that is loaded', () => {
  test('shares what it imports with the others, and knows its own place', async () => {
    const shared = `export const loads: string[] = [];\nprocess.stderr.write('shared is loaded\\n');`;
    const file = (name: string): string =>
      module(
        name,
        `import { loads } from './_shared.js';
         import { enum1 } from '../lib/legacy.js';
         import schema from '../schemas/order.avsc';
         loads.push('${name}');
         process.stderr.write([${JSON.stringify(name)}, loads.length, import.meta.url, import.meta.dirname, import.meta.filename, enum1.a, schema.name].join(' ') + '\\n');`,
      );
    const folder = await project({
      'processors/_shared.ts': shared,
      'processors/a.ts': file('a'),
      'processors/b.ts': file('b'),
      'processors/topics.ts':
        "import { text, topic } from 'processor';\nexport const only = topic('only', { key: text(), value: text() });",
      // What Node alone could not run: an enum, and a name of another ending.
      'lib/legacy.ts': 'export enum enum1 { a = 7 }',
      'schemas/order.avsc': '{ "type": "record", "name": "Order", "fields": [] }',
    });
    const { code, stderr } = await cli(['topics', 'list', '-b', testBrokers()], { cwd: folder });
    const place = (name: string): string =>
      `file://${folder}/processors/${name}.ts ${folder}/processors ${folder}/processors/${name}.ts`;
    expect(stderr).toBe(`shared is loaded\na 1 ${place('a')} 7 Order\nb 2 ${place('b')} 7 Order\n`);
    expect(code).toBe(0);
  });

  test('is compiled once for all processes, kept while it is used, and out of the way of git', async () => {
    const folder = await project({ 'processors/a.ts': module(uniqueName('a')) });
    const store = join(folder, '.processor/modules');
    await mkdir(join(store, 'of-yesterday'), { recursive: true });
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(store, 'of-yesterday'), yesterday, yesterday);
    await mkdir(join(store, 'of-today'));
    const list = () => cli(['topics', 'list', '-b', testBrokers()], { cwd: folder });
    for (const { code } of await Promise.all([list(), list(), list()])) expect(code).toBe(0);
    const kept = await readdir(store);
    expect(kept).toHaveLength(2);
    expect(kept).toContain('of-today');
    expect(await readFile(join(folder, '.processor/.gitignore'), 'utf8')).toBe('*\n');
    await list();
    expect(await readdir(store)).toEqual(kept);
  });
});

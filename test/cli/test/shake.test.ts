// `processor test --shake` as a user has it: real modules in a folder of their own, and no Kafka.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pages } from '../../support/snippets.js';
import { cli, project, reported } from '../support.js';

const root = join(import.meta.dirname, '../../..');

const pure = `import { processor, text, topic } from 'processor';
const orders = topic('orders', { key: text(), value: text() });
const enriched = topic('enriched', { key: text(), value: text() });

export default processor({
  name: 'enrich',
  input: orders,
  outputs: { enriched },
  async handle({ key, value }, { out }) {
    await Promise.resolve();
    out.enriched(key, value.toUpperCase());
  },
});
`;

const impure = pure
  .replace("name: 'enrich'", "name: 'stamp'")
  .replace('import {', "import { randomUUID } from 'node:crypto';\nimport {")
  .replace('value.toUpperCase()', '`${value} ${stamp()}`')
  .concat(`
function stamp(): string {
  const id = randomUUID();
  return id;
}

export const samples = [
  { key: 'a', value: 'one' },
  { key: 'b', value: 'two' },
];
`);

const json = pure
  .replace('import {', "import { z } from 'zod';\nimport { json,")
  .replace(
    "topic('orders', { key: text(), value: text() })",
    "topic('orders', { key: text(), value: json(z.string()) })",
  );

describe('nothing is found', () => {
  test('in the templates, whatever their records are', async () => {
    const template = (path: string): string => readFileSync(join(root, 'templates', path), 'utf8');
    const folder = await project({
      'processors/count-words.ts': template('minimal/processors/count-words.ts'),
      'processors/convert-readings.ts': template('avro/processors/convert-readings.ts'),
      'processors/split-orders.ts': template('two-outputs/processors/split-orders.ts').concat(
        "export const samples = ['1', '2', '3'].map((key) => ({ key, value: { sku: 'tea', quantity: 2, unitCents: 450, address: 'here' } }));\n",
      ),
    });
    const { code, stdout, stderr } = await cli(['test', '--shake', '--runs-max', '60'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['count-words', 'convert-readings', 'split-orders'])
      expect(stdout).toMatch(
        new RegExp(
          `^${name}: nothing found in 60 runs \\(\\d records, \\d+ steps of the engine, 0 awaits of handlers\\)$`,
          'm',
        ),
      );
    expect(stdout.match(/were made of the codecs/g)).toHaveLength(2);
  });

  test('with records from a file, as produce takes them; and what was not tried is said', async () => {
    const folder = await project({
      'processors/enrich.ts': json,
      'orders.jsonl':
        '{"key": "a", "value": "one", "partition": 1, "timestamp": 5}\n\n{"key": "b", "value": "two", "topic": "orders"}\n',
    });
    const args = ['test', '--shake', 'enrich', '--records', 'orders.jsonl'];
    const { code, stdout } = await cli([...args, '--runs-max', '20'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^enrich: nothing found in 20 runs \(2 records, .* 2 awaits of handlers\)\nnot tried: \d+ disruptions more; --runs-max \d+ tries all\n$/,
    );
  });
});

describe('found is', () => {
  test('what differs: the line that sends, the line that asks, what was seen; and it ends with 1', async () => {
    const folder = await project({ 'processors/enrich.ts': pure, 'processors/stamp.ts': impure });
    const { code, stdout, stderr } = await cli(['test', '--shake', 'stamp', '--runs-max', '40'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(
      /^processors\/stamp\.ts:12:9 {2}chance {2}the value of an output to enriched hangs on randomUUID\(\) \(processors\/stamp\.ts:17:14\)\n {4}calm {7}"one [-\da-f]+"\n {4}disrupted {2}"one [-\da-f]+"\n {4}seen in 40 runs, first with another run, at orders\/\d@0\n/m,
    );
    const { stdout: text } = await cli(['test', '--shake', 'processors/stamp.ts', '--json', '--runs-max', '10'], {
      cwd: folder,
    });
    const [shaken] = (JSON.parse(text) as { processors: { findings: object[]; runs: number }[] }).processors;
    expect(shaken).toMatchObject({
      processor: 'stamp',
      records: 2,
      runs: 10,
      findings: [
        {
          reasons: ['chance'],
          place: { file: 'processors/stamp.ts', line: 12 },
          asked: [{ what: 'randomUUID()', place: { line: 17 } }],
        },
      ],
    });
  });

  test('what the guide shows', async () => {
    const page = pages().find(({ path }) => path === 'docs/guide/shake.md');
    const files = (page?.snippets ?? []).filter(({ path }) => path?.startsWith('processors/'));
    const folder = await project(Object.fromEntries(files.map(({ path, text }) => [path as string, text])));
    const shown = /```console\n\$ npx processor (.+)\n([\s\S]*?)```/.exec(
      readFileSync(join(root, 'docs/guide/shake.md'), 'utf8'),
    );
    const { code, stdout } = await cli((shown?.[1] ?? '').split(' '), { cwd: folder });
    expect(code).toBe(1);
    expect(withoutFigures(stdout)).toBe(withoutFigures(shown?.[2] ?? ''));
    expect((await cli(['test', '--shake', 'date-orders', '--runs-max', '20'], { cwd: folder })).code).toBe(0);
  });

  test('what hangs on the environment, where a deployment changes it', async () => {
    const rated = pure.replace('value.toUpperCase()', "`${value} ${process.env['RATE']}`");
    const folder = await project({ 'processors/enrich.ts': rated });
    const args = ['test', '--shake', '--generate', '2', '--runs-max', '40', '--json'];
    expect((await cli(args, { cwd: folder, env: { RATE: '1' } })).code).toBe(0);
    const { code, stdout } = await cli([...args, '--env', 'RATE=2'], { cwd: folder, env: { RATE: '1' } });
    expect(code).toBe(1);
    expect(stdout).toContain('process.env.RATE (processors/enrich.ts:11:');
  });
});

/** Which day it is, and how many steps the engine takes, is another thing each time. */
function withoutFigures(text: string): string {
  return text
    .replace(/\d+-\d+-\d+/g, 'a day')
    .replace(/seen in .*, at/g, 'seen, at')
    .replace(/in \d+ runs .*/g, 'in so many runs');
}

describe('refused is', () => {
  test('what has no records, and codecs that say nothing of theirs', async () => {
    const folder = await project({ 'processors/enrich.ts': json });
    const result = await cli(['test', '--shake', '--json'], { cwd: folder });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({
      code: 'PRC_TEST_RECORDS_MISSING',
      hint: expect.stringContaining('--records'),
    });
  });

  test.for([
    {
      line: '{"key": "a", "value": 4}',
      problem: 'line 1 of bad.jsonl holds no record that can be used: its value does not fit',
    },
    { line: 'orders', problem: 'line 1 of bad.jsonl holds no record that can be used: ' },
    { line: '{"key": "a"}', problem: "it has no 'value'" },
  ])('a line that is none: $line', async ({ line, problem }) => {
    const folder = await project({
      'processors/enrich.ts': json,
      'bad.jsonl': line,
    });
    const result = await cli(['test', '--shake', 'enrich', '--records', 'bad.jsonl', '--json'], { cwd: folder });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({
      code: 'PRC_TEST_RECORD_INVALID',
      message: expect.stringContaining(problem),
    });
  });

  test('a file that is not there, one file for several processors, a mistyped name, and no kind of test', async () => {
    const folder = await project({ 'processors/enrich.ts': pure, 'processors/stamp.ts': impure });
    const run = async (...args: string[]) => {
      const result = await cli(['test', ...args, '--json'], { cwd: folder });
      return { exit: result.code, ...reported(result) };
    };
    expect(await run('--shake', 'enrich', '--records', 'x.jsonl')).toMatchObject({
      exit: 1,
      code: 'PRC_INPUT_UNREADABLE',
    });
    expect(await run('--shake', '--records', 'x.jsonl')).toMatchObject({ exit: 2, code: 'PRC_USAGE' });
    expect(await run('--shake', 'enrihc')).toMatchObject({
      exit: 3,
      hint: expect.stringContaining("Did you mean 'enrich'?"),
    });
    expect(await run('enrich')).toMatchObject({ exit: 2, message: expect.stringContaining('--shake') });
    expect(await run('--shake', '--env', 'RATE')).toMatchObject({
      exit: 2,
      message: expect.stringContaining('NAME=value'),
    });
  });

  test.for(['3000000', '-1', '"3"'])('a partition that nobody can mean: %s', async (partition) => {
    const folder = await project({
      'processors/enrich.ts': `${pure}\nexport const samples = [{ key: 'a', value: 'b', partition: ${partition} }];\n`,
      'bad.jsonl': `{"key": "a", "value": "b", "partition": ${partition}}`,
    });
    for (const [source, args] of [
      ['line 1 of bad.jsonl', ['--records', 'bad.jsonl']],
      ['number 1 of samples of processors/enrich.ts', []],
    ] as const) {
      const result = await cli(['test', '--shake', 'enrich', ...args, '--json'], { cwd: folder });
      expect(reported(result)).toMatchObject({
        code: 'PRC_TEST_RECORD_INVALID',
        message: `${source} holds no record that can be used: its 'partition' is no whole number from 0 to 99`,
      });
    }
  });

  test('samples of an input that has a name, without the name', async () => {
    const named = pure
      .replace('input: orders', 'input: { orders }')
      .replace('async handle({ key, value }, { out }) {', 'handle: { async orders({ key, value }, { out }) {')
      .replace('toUpperCase());\n  },', 'toUpperCase());\n  } },');
    const shaken = async (samples: string) => {
      const folder = await project({ 'processors/enrich.ts': `${named}\nexport const samples = ${samples};\n` });
      return cli(['test', '--shake', '--runs-max', '5', '--json'], { cwd: folder });
    };
    expect(reported(await shaken("[{ key: 'a', value: 'b' }]"))).toMatchObject({
      code: 'PRC_TEST_RECORD_INVALID',
      message: expect.stringContaining('a list of records for each of orders'),
    });
    expect((await shaken("{ orders: [{ key: 'a', value: 'b' }] }")).code).toBe(0);
  });

  test('a sample that is none', async () => {
    const folder = await project({ 'processors/enrich.ts': `${pure}\nexport const samples = ['one'];\n` });
    const result = await cli(['test', '--shake', '--json'], { cwd: folder });
    expect(reported(result)).toMatchObject({
      code: 'PRC_TEST_RECORD_INVALID',
      message: 'samples of processors/enrich.ts holds no record that can be used: number 1 is no { key, value }',
    });
  });
});

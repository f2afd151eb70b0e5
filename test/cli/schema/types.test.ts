// `processor schema types` as a user has it.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { type CliResult, project, reported } from '../support.js';
import { dueSchema, registry, schemaCommand, shop } from './shop.js';

let url: string;
let folder: string;
let run: (...args: string[]) => Promise<CliResult>;
beforeAll(async () => {
  ({ url } = await registry());
  await httpRegistry({ url }).register('dues-value', JSON.stringify(dueSchema([{ name: 'late', type: 'boolean' }])));
  await httpRegistry({ url }).register('refunds-value', '"double"');
  folder = await shop();
  run = schemaCommand(folder, url);
  await writeFile(join(folder, 'due.avsc'), JSON.stringify(dueSchema()));
  await writeFile(join(folder, 'broken.avsc'), '{"type":"record","name":"R","fields":[{"name":"a","type":"int4"}]}');
  await writeFile(join(folder, 'no-json.avsc'), '{');
});

const due = '/** What is due. */\nexport interface Due {\n  cents: number;\n}\n';

describe('a schema is taken from', () => {
  test('a file', async () => {
    expect(await run('types', 'due.avsc')).toMatchObject({
      code: 0,
      stderr: '',
      stdout: `// Made by 'processor schema types' from due.avsc.\n// What is changed here is lost when it is made again.\n\n${due}`,
    });
  }, 60_000);

  test('a topic of the processors here, as their code has it', async () => {
    const { stdout } = await run('types', 'dues', '--long', 'bigint');
    expect(stdout).toContain('from the key of dues, the value of dues.');
    expect(stdout).toContain('export type DuesKey = string;\n');
    expect(stdout).toContain('export interface Due {\n  cents: bigint;\n}\n');
  }, 60_000);

  test('a subject of the registry, or the subjects of a topic, in their latest version', async () => {
    const { stdout } = await run('types', 'dues-value', 'refunds');
    expect(stdout).toContain('from dues-value version 1, refunds-value version 1.');
    expect(stdout).toContain('  late: boolean;\n');
    expect(stdout).toContain('export type RefundsValue = number;\n');
  }, 60_000);
});

test('a processor that cannot be loaded, because its types are not there yet, is no reason not to make them', async () => {
  const early = await project({ 'processors/bill.ts': "import { Due } from '../due.js';\nexport default Due;" });
  await writeFile(join(early, 'due.avsc'), JSON.stringify(dueSchema()));
  const inIt = schemaCommand(early, url);
  expect((await inIt('types', 'due.avsc')).stdout).toContain(due);
  const { code, stdout, stderr } = await inIt('types', 'dues-value');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('late: boolean') as string });
  expect(stderr).toMatch(/^the topics of the processors here are not known: PRC_MODULE_UNREADABLE /);
}, 60_000);

test('a file is never overwritten without --force, and the same again is no change', async () => {
  const file = join(folder, 'types.ts');
  expect(await run('types', 'due.avsc', '--out', 'types.ts')).toMatchObject({ code: 0, stdout: '' });
  expect(await readFile(file, 'utf8')).toContain(due);
  expect(await run('types', 'due.avsc', '--out', 'types.ts')).toMatchObject({ code: 0 });
  const refused = await run('types', 'dues-value', '--out', 'types.ts', '--json');
  expect(refused.code).toBe(3);
  expect(reported(refused)).toMatchObject({ code: 'PRC_OUT_NOT_WRITTEN', hint: expect.stringContaining('--force') });
  expect(await readFile(file, 'utf8')).not.toContain('late');
  const nowhere = await run('types', 'due.avsc', '--out', 'no/such/folder.ts', '--json');
  expect(nowhere.code).toBe(3);
  expect(reported(nowhere)).toMatchObject({ code: 'PRC_OUT_NOT_WRITTEN', message: expect.stringContaining('ENOENT') });
  const forced = await run('types', 'dues-value', '--out', 'types.ts', '--force', '--json');
  expect(JSON.parse(forced.stdout)).toEqual({ from: ['dues-value version 1'], file: 'types.ts' });
  expect(await readFile(file, 'utf8')).toContain('late');
}, 60_000);

test.each([
  ['duess-value', 'PRC_SUBJECT_UNKNOWN', "Did you mean 'dues-value'?"],
  ['nowhere.avsc', 'PRC_SCHEMA_FILE_UNREADABLE', 'current folder'],
  ['no-json.avsc', 'PRC_SCHEMA_FILE_UNREADABLE', 'JSON'],
  ['broken.avsc', 'PRC_SCHEMA_INVALID', 'Avro'],
])(
  '%s: %s',
  async (source, code, hint) => {
    const refused = await run('types', source, '--json');
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(reported(refused)).toMatchObject({ code, message: expect.stringContaining(source) as string });
    expect(reported(refused).hint).toContain(hint);
  },
  60_000,
);

test('a name without a registry in which it could be', async () => {
  const refused = await schemaCommand(folder)('types', 'nothing', '--json');
  expect(refused.code).toBe(3);
  expect(reported(refused)).toMatchObject({
    code: 'PRC_SUBJECT_UNKNOWN',
    message: expect.stringContaining('no subject of the registry (none is configured)'),
  });
}, 60_000);

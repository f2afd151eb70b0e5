import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import * as processor from '../src/index.js';

test('these names are public', () => {
  expect(Object.keys(processor).sort()).toEqual([
    'ProcessorError',
    'avro',
    'avroOf',
    'batchProcessor',
    'bytes',
    'deadLetter',
    'defineConfig',
    'fail',
    'float64',
    'int32',
    'int64',
    'isProcessorError',
    'json',
    'jsonOf',
    'nullable',
    'processor',
    'retry',
    'skip',
    'text',
    'topic',
  ]);
});

test('importing them loads neither the client nor the engine', async () => {
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../src/index.ts')],
    absWorkingDir: join(import.meta.dirname, '..'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    metafile: true,
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  const packages = output?.imports.map(({ path }) => path).filter((path) => !/^(node:|util$|buffer$)/.test(path));
  expect([...new Set(packages)]).toEqual(['avsc']);
  const folders = Object.keys(metafile.inputs).map((file) => file.split('/')[1]);
  expect(new Set(folders)).toEqual(new Set(['codecs', 'core', 'dsl', 'errors', 'index.ts']));
});

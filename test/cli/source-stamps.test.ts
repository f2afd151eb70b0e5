// Which files a process has compiled: whoever watches them has to know all, also where they could not be compiled.

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadModules } from '../../src/cli/load-modules.js';
import { missing, sourceStamps, stampOf } from '../../src/cli/source-stamps.js';
import { project } from './support.js';

test('what a module imports is known with it, data too, and how it was when it was read', async () => {
  const folder = await project({
    'processors/one.ts': "import { price } from '../lib/prices.js'; export const now = price;",
    'lib/prices.ts': "import schema from './price.avsc'; export const price = schema.type;",
    'lib/price.avsc': '{ "type": "long" }',
    'lib/unused.ts': 'export {};',
  });
  const [module] = await loadModules(folder, [join(folder, 'processors/one.ts')]);
  expect(module?.exports['now']).toBe('long');
  const files = ['processors/one.ts', 'lib/prices.ts', 'lib/price.avsc'].map((path) => join(folder, path));
  const own = [...sourceStamps].filter(([file]) => file.startsWith(folder));
  expect(Object.fromEntries(own)).toEqual(Object.fromEntries(files.map((file) => [file, stampOf(file)])));
});

test('a file with the mistake is known as well', async () => {
  const folder = await project({
    'processors/one.ts': "import { price } from '../lib/prices.js'; export const now = price;",
    'lib/prices.ts': 'export const price = ;',
  });
  await expect(loadModules(folder, [join(folder, 'processors/one.ts')])).rejects.toMatchObject({
    code: 'PRC_MODULE_UNREADABLE',
  });
  expect(sourceStamps.has(join(folder, 'lib/prices.ts'))).toBe(true);
});

test('a file that is not there has a stamp of its own', async () => {
  expect(stampOf(join(await project({}), 'nothing.ts'))).toBe(missing);
});

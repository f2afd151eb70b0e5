// A program that can do without Kafka goes on where the set-up lacks something, and ends where it is at fault.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const home = join(import.meta.dirname, '../..');
const goOn = (error: string) => {
  const script = `
    import { orGoOn } from './scripts/set-up.mjs';
    import { SetUpError } from './scripts/set-up/steps.mjs';
    await orGoOn(async () => { throw ${error}; });
    console.log('went on');`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: home,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
};

test('what cannot be had is said, and it goes on', () => {
  expect(goOn("new SetUpError('no compiler')")).toEqual({
    status: 0,
    stdout: 'went on\n',
    stderr: '\nset-up failed: no compiler\n',
  });
});

test('a defect ends it', () => {
  const { status, stdout, stderr } = goOn("new TypeError('on purpose')");
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain('set-up failed: TypeError: on purpose');
});

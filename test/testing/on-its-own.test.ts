// `processor/testing` in programs of its own (program.ts): it needs no native addon and no socket, keeps no process alive, and
// does not take long.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'processor-testing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, flags: readonly string[] = []): Promise<Ended> {
  const args = [...flags, join(root, 'scripts/run.cjs'), 'test/testing/program.ts', program];
  const ended = promisify(execFile)(process.execPath, args, { cwd: root, timeout: 25_000 });
  return ended.then(
    (written) => ({ code: 0, ...written }),
    (error: Ended) => error,
  );
}

test('it loads neither the addon nor opens anything to the outside', async () => {
  const hook = join(folder, 'no-addon.cjs');
  await writeFile(
    hook,
    `const Module = require('node:module');
     const load = Module._load;
     Module._load = function (name, ...rest) {
       if (name.includes('kafka-javascript') || name.endsWith('.node')) throw new Error('not to be loaded: ' + name);
       return load.call(this, name, ...rest);
     };
     const { Server, Socket } = require('node:net');
     for (const refused of ['listen', 'connect'])
       (refused === 'listen' ? Server : Socket).prototype[refused] = () => { throw new Error('not to be opened: ' + refused); };`,
  );
  expect(await run('settled', ['--require', hook])).toMatchObject({ code: 0, stdout: 'HELLO\n' });
  const client = await run('client', ['--require', hook]);
  expect(client.code).not.toBe(0);
  expect(client.stderr).toContain('not to be loaded');
});

describe('a program that ends while something is under way', () => {
  test('ends, where it has not awaited settle()', async () => {
    expect(await run('not-awaited')).toMatchObject({ code: 0, stdout: 'settled\n' });
  });

  test('ends, where it has sent and no more', async () => {
    expect(await run('sent')).toMatchObject({ code: 0, stdout: '' });
  });

  test('is told why, where a handler never settles and nobody has awaited settle()', async () => {
    const { code, stderr } = await run('stuck');
    expect(code).not.toBe(0);
    expect(stderr).toContain('has not settled for 0.1 s of real time');
  });
});

test('a test of one record takes milliseconds after the first', async () => {
  const { code, stdout } = await run('times');
  expect(code).toBe(0);
  // Two to three on a machine that has nothing else to do; who else computes takes caches and clocks, too.
  const { coreMs } = JSON.parse(stdout) as { readonly coreMs: number };
  expect(coreMs).toBeLessThan(15);
});

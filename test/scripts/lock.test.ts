import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;
let lock: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-lock-'));
  lock = join(folder, 'lock');
  log = join(folder, 'log');
  writeFileSync(log, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('of several processes one at a time does its work, and the lock is gone at the end', async () => {
  await Promise.all([1, 2, 3, 4].map(() => worker()));
  expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(4));
  expect(existsSync(lock)).toBe(false);
});

test('a lock whose owner was killed is taken over by one of those who wait', async () => {
  const owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  writeFileSync(lock, String(owner.pid));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await Promise.all([1, 2, 3].map(() => worker()));
  expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(3));
});

/** A process that writes 'in', waits, and writes 'out', all under the lock. */
async function worker(): Promise<void> {
  const script = `
    import { appendFileSync } from 'node:fs';
    import { setTimeout as wait } from 'node:timers/promises';
    const { withLock } = await import(${JSON.stringify(new URL('../../scripts/set-up/lock.mjs', import.meta.url).href)});
    await withLock(${JSON.stringify(lock)}, async () => {
      appendFileSync(${JSON.stringify(log)}, 'in ');
      await wait(50);
      appendFileSync(${JSON.stringify(log)}, 'out ');
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
}

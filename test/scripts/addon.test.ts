import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const built = join(import.meta.dirname, '../../node_modules/@confluentinc/kafka-javascript/build');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-addon-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('set-ups of several clones at once leave one whole addon in the cache', async () => {
  await Promise.all([1, 2, 3, 4].map(() => keep()));
  const cache = join(folder, 'processor/addon');
  const [kept = '', ...others] = readdirSync(cache);
  expect(others).toEqual([]);
  const files = readdirSync(join(cache, kept), { recursive: true, withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  expect(files.map(({ name }) => name)).toContain('confluent-kafka-javascript.node');
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    expect(statSync(path).size).toBe(statSync(path.replace(join(cache, kept), built)).size);
  }
});

/** What a set-up does after its build, in a process of its own. */
async function keep(): Promise<void> {
  const addon = new URL('../../scripts/set-up/addon.mjs', import.meta.url).href;
  const script = `const { keep } = await import(${JSON.stringify(addon)}); keep();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, XDG_CACHE_HOME: folder },
    stdio: 'inherit',
  });
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
}

// The Kafka client's native addon, as the set-up keeps it and hands it on.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

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

describe('a project that was installed without install scripts', () => {
  const client = 'node_modules/@confluentinc/kafka-javascript';
  const { version } = JSON.parse(readFileSync(join(built, '../package.json'), 'utf8')) as { version: string };

  test('gets the addon of this clone', async () => {
    installed(version);
    expect(await copied()).toBe('');
    const addon = 'Release/confluent-kafka-javascript.node';
    expect(statSync(join(folder, client, 'build', addon)).size).toBe(statSync(join(built, addon)).size);
  });

  test('gets none where npm has installed no client, or another version of it', async () => {
    expect(await copied()).toContain(`has no @confluentinc/kafka-javascript in its node_modules`);
    installed('0.0.1');
    expect(await copied()).toContain(`0.0.1, and the addon here is of ${version}`);
    expect(readdirSync(join(folder, client))).toEqual(['package.json']);
  });

  /** As npm leaves it: the package, and nothing that was built. */
  function installed(itsVersion: string): void {
    mkdirSync(join(folder, client), { recursive: true });
    writeFileSync(join(folder, client, 'package.json'), JSON.stringify({ version: itsVersion }));
  }

  function copied(): Promise<string> {
    return inSetUp(`try { copyAddonTo(${JSON.stringify(folder)}); } catch ({ message }) { console.log(message); }`);
  }
});

/** What a set-up does after its build. */
async function keep(): Promise<void> {
  expect(await inSetUp('keep();')).toBe('');
}

/** Runs a statement of the set-up in a process of its own, and gives back what it printed. */
async function inSetUp(statement: string): Promise<string> {
  const addon = new URL('../../scripts/set-up/addon.mjs', import.meta.url).href;
  const script = `const { copyAddonTo, keep } = await import(${JSON.stringify(addon)}); ${statement}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, XDG_CACHE_HOME: folder },
  });
  return stdout;
}

// `processor completion`: what a shell proposes while somebody types.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { cli, project } from './support.js';

/** What is proposed for the last word. */
async function proposed(words: readonly string[], cwd?: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cli(['complete', '--', ...words], cwd === undefined ? {} : { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0] ?? '');
}

describe('a shell is proposed', () => {
  test('commands and those below them', async () => {
    expect(await proposed([''])).toEqual(expect.arrayContaining(['run', 'topics', 'config', 'completion']));
    expect(await proposed([''])).not.toContain('complete');
    expect(await proposed(['topics', ''])).toEqual(expect.arrayContaining(['create', 'list']));
  });

  test('options, and their values where there are few', async () => {
    expect(await proposed(['run', '--pro'])).toEqual(['--profile']);
    expect(await proposed(['tail', 'orders', '--isolation', ''])).toEqual(['committed', 'uncommitted']);
  });

  test('processors by the names of their files, none of which is loaded', async () => {
    const cwd = await project({
      'processors/book.ts': "throw new Error('loaded');",
      'processors/enrich-orders.ts': "throw new Error('loaded');",
      'processors/_topics.ts': "throw new Error('loaded');",
      'processors/book.test.ts': "throw new Error('loaded');",
    });
    for (const command of [['run'], ['describe'], ['check'], ['topics', 'create']])
      expect(await proposed([...command, ''], cwd), command.join(' ')).toEqual(
        expect.arrayContaining(['book', 'enrich-orders']),
      );
    expect(await proposed(['run', 'book', 'en'], cwd)).toEqual(['enrich-orders']);
    expect(await proposed(['run', ''], cwd)).not.toContain('_topics');
  });
});

describe('the script', () => {
  test.for(['bash', 'zsh', 'fish', 'powershell'])('for %s asks the command itself', async (shell) => {
    const { code, stdout } = await cli(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/processor complete .*--/);
  });

  test('for bash is one that bash takes', async () => {
    const folder = await project({});
    const path = join(folder, 'completion.bash');
    await writeFile(path, (await cli(['completion', 'bash'])).stdout);
    const { stdout } = await promisify(execFile)('bash', ['-c', 'source "$0" && complete -p processor', path]);
    expect(stdout).toContain('__processor_complete processor');
  });

  test('for another shell is refused with those that there are', async () => {
    const { code, stderr } = await cli(['completion', 'csh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish, powershell');
  });
});

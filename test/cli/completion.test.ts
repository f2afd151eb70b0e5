// `processor completion`: what a shell proposes while somebody types.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { bin, cli, project } from './support.js';

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
    for (const command of [['run'], ['describe'], ['check'], ['test', '--shake'], ['topics', 'create']])
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

  test('for bash puts into the menu what the command proposes, and can be loaded twice', async () => {
    expect(await menu('processor run en')).toEqual(['enrich-orders']);
  });

  test('for bash evaluates nothing of what is being typed', async () => {
    const folder = await project({ 'processors/enrich-orders.ts': '', 'important.txt': 'precious' });
    await menu("processor produce '$(touch stolen)' '>' important.txt --f", folder);
    await menu("processor tail orders '>' important.txt '`touch stolen`' --fr", folder);
    expect(await readFile(join(folder, 'important.txt'), 'utf8')).toBe('precious');
    expect(existsSync(join(folder, 'stolen'))).toBe(false);
  });

  test('for PowerShell evaluates nothing either', async () => {
    const { stdout } = await cli(['completion', 'powershell']);
    expect(stdout).not.toMatch(/Invoke-Expression|iex/i);
  });

  test('for another shell is refused with those that there are', async () => {
    const { code, stderr } = await cli(['completion', 'csh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish, powershell');
  });
});

/** What bash does when somebody types these words, each as it stands there, and presses Tab behind the last one. */
async function menu(words: string, cwd?: string): Promise<readonly string[]> {
  const folder = cwd ?? (await project({ 'processors/enrich-orders.ts': '' }));
  await writeFile(join(folder, 'completion.bash'), (await cli(['completion', 'bash'])).stdout);
  const session = `
    processor() { "$NODE" "$BIN" "$@"; }
    source completion.bash; source completion.bash
    COMP_WORDS=(${words})
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _processor_complete; printf '%s\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', session], {
    cwd: folder,
    env: { ...process.env, NODE: process.execPath, BIN: bin },
  });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

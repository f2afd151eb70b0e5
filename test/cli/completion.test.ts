// `processor completion`: what a shell proposes while somebody types.

import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
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

  test('for bash puts into the menu what the command proposes', async () => {
    const folder = await project({ 'processors/enrich-orders.ts': '' });
    await writeFile(join(folder, 'completion.bash'), (await cli(['completion', 'bash'])).stdout);
    // What bash does when somebody types `processor run en` and presses Tab. The package bash-completion, of which the script
    // takes one function, need not be here.
    const session = `
      _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${words[cword]}; prev=\${words[cword-1]}; }
      processor() { "$NODE" "$BIN" "$@"; }
      source completion.bash
      complete -p processor
      COMP_WORDS=(processor run en) COMP_CWORD=2
      __processor_complete && printf '%s\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', session], {
      cwd: folder,
      env: { ...process.env, NODE: process.execPath, BIN: bin },
    });
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringContaining('__processor_complete processor'),
      'enrich-orders',
    ]);
  });

  test('for another shell is refused with those that there are', async () => {
    const { code, stderr } = await cli(['completion', 'csh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh, fish, powershell');
  });
});

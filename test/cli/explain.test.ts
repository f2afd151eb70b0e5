// `processor explain`: what a user reads about an error when nothing but the package is at hand.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/errors/catalogue.js';
import { cli, reported } from './support.js';

describe('processor explain', () => {
  test.for(['PRC_TOPICS_MISSING', 'topics_missing', 'Topics-Missing'])('takes %s', async (code) => {
    const { code: exit, stdout } = await cli(['explain', code]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^PRC_TOPICS_MISSING\n\nWhat happened\n\S[\s\S]+\n\nWhat to do\n\S[\s\S]+\n$/);
    // Text for a terminal: no Markdown, no long lines.
    expect(stdout).not.toContain('**');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('lists all codes, each with a sentence, by subject', async () => {
    const { stdout } = await cli(['explain']);
    const found = [...stdout.matchAll(/^ {2}(PRC_\w+)\n {4}\S.*/gm)].map(([, code]) => code);
    expect(found).toEqual(Object.keys(catalogue));
    expect(stdout).toMatch(/^Declaring topics and processors\n/);
  });

  test('gives programs the same as JSON', async () => {
    const one = JSON.parse((await cli(['explain', 'PRC_USAGE', '--json'])).stdout) as Record<string, string>;
    expect(Object.keys(one)).toEqual(['code', 'subject', 'happened', 'whatToDo']);
    const all = JSON.parse((await cli(['explain', '--json'])).stdout) as { readonly errors: readonly unknown[] };
    expect(all.errors).toHaveLength(Object.keys(catalogue).length);
    expect(all.errors).toContainEqual(one);
  });

  test('reads a page that comes with the package', () => {
    const { files } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      readonly files: readonly string[];
    };
    expect(files).toContain('docs/errors.md');
  });

  test('is in bold on a terminal, and plain where NO_COLOR says so', async () => {
    const shown = async (env: Readonly<Record<string, string>>): Promise<string> => {
      const { stdout } = await cli(['explain', 'PRC_USAGE'], { onTerminal: true, env: { TERM: 'xterm', ...env } });
      return stdout;
    };
    expect(await shown({})).toContain('\u001b[1mPRC_USAGE');
    expect(await shown({ NO_COLOR: '1' })).not.toContain('\u001b');
  });

  test('says which code was probably meant', async () => {
    const result = await cli(['explain', 'PRC_TOPIC_MISSING', '--json']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(reported(result)).toMatchObject({
      code: 'PRC_USAGE',
      message: "there is no error 'PRC_TOPIC_MISSING' (Did you mean PRC_TOPICS_MISSING?)",
    });
  });
});

// What the README shows must compile against what the package exports: its snippets are a stranger's first code.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compile } from './compiler.js';

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const snippets = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text]) => text as string);

describe('the TypeScript of the README', () => {
  test('is there', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(3);
  });

  // A module that one snippet shows, under the path in its first line, can be imported by the others.
  const paths = snippets.map((text) => /^\/\/ (\S+)\.ts\n/.exec(text)?.[1]);
  const named = Object.fromEntries(
    snippets.map((text, i) => [`readme-${i}`, text.replace(/'\.\/(.+)\.js'/g, renamed)]),
  );
  function renamed(specifier: string, path: string): string {
    const shown = paths.findIndex((one) => one === path || one === `processors/${path}`);
    return shown < 0 ? specifier : `'./readme-${shown}.js'`;
  }

  test('is whole modules, each with one processor at most: what processors/ takes', () => {
    expect(paths).not.toContain(undefined);
    for (const text of snippets) {
      const made = text.match(/\b(?:processor|batchProcessor)\(\{/g) ?? [];
      expect(text.match(/^export default (?:processor|batchProcessor)\(\{/gm) ?? []).toEqual(
        made.map((call) => `export default ${call}`),
      );
      expect(made.length).toBeLessThanOrEqual(1);
    }
  });

  const { complaints } = compile(named);
  for (const name of Object.keys(named))
    test(`compiles: ${name}`, () => {
      expect(complaints(name)).toEqual([]);
    });
});

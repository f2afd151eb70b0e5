// What README.md and the guide show must compile against what the package exports: it is a stranger's first code.

import { describe, expect, test } from 'vitest';
import { pages, type Snippet } from '../support/snippets.js';
import { compile } from './compiler.js';

test('the README has snippets', () => {
  const [readme] = pages();
  expect(readme?.path).toBe('README.md');
  expect(readme?.snippets.length).toBeGreaterThanOrEqual(3);
});

describe.for(pages())('the TypeScript of $path', ({ path: page, snippets }) => {
  test('is whole files, each with one processor at most: what processors/ takes', () => {
    for (const { path, text } of snippets) {
      expect(path, text).toBeDefined();
      const made = text.match(/\b(?:processor|batchProcessor)\(\{/g) ?? [];
      expect(text.match(/^export default (?:processor|batchProcessor)\(\{/gm) ?? []).toEqual(
        made.map((call) => `export default ${call}`),
      );
      expect(made.length).toBeLessThanOrEqual(1);
    }
  });

  test('compiles', () => {
    const { complaints } = compile(modulesOf(page, snippets));
    for (const name of Object.keys(modulesOf(page, snippets))) expect(complaints(name), name).toEqual([]);
  });
});

/** The compiler's modules lie in one folder: a file that a snippet imports is one that the same page shows. */
function modulesOf(page: string, snippets: readonly Snippet[]): Record<string, string> {
  const nameOf = (i: number): string => `${page.replace(/\W/g, '-')}-${i}`;
  const renamed = (specifier: string, imported: string): string => {
    const shown = snippets.findIndex(({ path }) => path?.endsWith(`${imported}.ts`));
    return shown < 0 ? specifier : `'./${nameOf(shown)}.js'`;
  };
  return Object.fromEntries(
    snippets.map(({ text }, i) => [nameOf(i), text.replace(/'\.{1,2}\/((?:[\w-]+\/)*[\w-]+)\.js'/g, renamed)]),
  );
}

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

  // A module that one snippet shows can be imported by the next.
  const named = Object.fromEntries(
    snippets.map((text, i) => [`readme-${i}`, text.replace("'./processors/enrich-orders.js'", "'./readme-0.js'")]),
  );
  const { complaints } = compile(named);
  for (const name of Object.keys(named))
    test(`compiles: ${name}`, () => {
      expect(complaints(name)).toEqual([]);
    });
});

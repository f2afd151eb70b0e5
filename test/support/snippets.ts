// The TypeScript that the documents show: README.md, the pages for users in docs, and those of docs/guide. A snippet is a whole file and names itself in
// its first line (`// processors/enrich-orders.ts`), so that the files of a page are a project that a stranger can copy.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly snippets: readonly Snippet[];
}

export interface Snippet {
  /** As it names itself; undefined if it does not. */
  readonly path: string | undefined;
  readonly text: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Pages without TypeScript are left out. */
export function pages(): readonly Page[] {
  const guide = readdirSync(join(root, 'docs/guide'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guide/${name}`);
  return ['README.md', 'docs/configuration.md', 'docs/install.md', 'docs/testing.md', ...guide.sort()]
    .map((path) => ({ path, snippets: snippetsIn(readFileSync(join(root, path), 'utf8')) }))
    .filter(({ snippets }) => snippets.length > 0);
}

function snippetsIn(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, text = '']) => ({
    path: /^\/\/ (\S+\.ts)\n/.exec(text)?.[1],
    text,
  }));
}

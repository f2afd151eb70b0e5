// The folder tree is the architecture: reads the table "Who may import whom" of ARCHITECTURE.md and holds the sources to it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const allowed = readTable();

describe('who may import whom', () => {
  for (const folder of readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    test(`${folder.name} imports only what the table allows`, () => {
      const permitted = allowed.get(folder.name);
      expect(permitted, `${folder.name} has no row in the table of ARCHITECTURE.md`).toBeDefined();
      const strays = sources(join(root, 'src', folder.name)).flatMap((file) =>
        importsOf(file).flatMap((target) => {
          const from = relative(root, file).split(sep).join('/');
          if (from === 'src/engine/start.ts' && target.startsWith('src/adapters/')) return [];
          const [, to] = target.split('/');
          return to === folder.name || permitted?.has(to ?? '') ? [] : [`${from} → ${target}`];
        }),
      );
      expect(strays).toEqual([]);
    });
  }

  test('only adapters and embedded load what is native, and core loads nothing', () => {
    const loads = sources(join(root, 'src')).filter((file) => /['"]@confluentinc\//.test(readFileSync(file, 'utf8')));
    for (const file of loads) expect(relative(root, file)).toMatch(/^src\/(adapters\/confluent|cli)\//);
    for (const file of sources(join(root, 'src/core')))
      for (const specifier of specifiers(file)) expect(specifier, relative(root, file)).toMatch(/^\./);
  });
});

function readTable(): ReadonlyMap<string, ReadonlySet<string>> {
  const section =
    readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').split('## Who may import whom')[1]?.split('\n## ')[0] ?? '';
  const rows = section.matchAll(/^\| ([a-z]+) \| (.+) \|$/gm);
  const table = new Map<string, ReadonlySet<string>>();
  for (const [, folder, list] of rows) {
    if (folder === 'folder') continue;
    table.set(folder as string, new Set((list as string).split(', ').filter((name) => name !== '–')));
  }
  return table;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function specifiers(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

/** Targets inside the repository, relative to its root, with `/`. */
function importsOf(file: string): string[] {
  return specifiers(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) =>
      relative(root, join(dirname(file), specifier))
        .split(sep)
        .join('/'),
    );
}

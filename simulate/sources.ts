// Which sources a run is made with, in a word: figures of two versions of the engine, the model or the rules do not belong together.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function sourcesVersion(): string {
  const root = fileURLToPath(new URL('../src/', import.meta.url));
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (!/\.[jt]s$/.test(name)) continue;
      // A source map says where the sources lay, which makes no difference.
      const text = readFileSync(join(root, folder, name), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
      hash.update(`${folder}/${name}\0${text}\0`);
    }
  return hash.digest('hex').slice(0, 16);
}

/** All that src/testing may import, by the table in ARCHITECTURE.md, and itself. */
const folders = ['codecs', 'core', 'dsl', 'engine', 'errors', 'memory', 'ports', 'testing'];

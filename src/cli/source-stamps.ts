// Which files this process has compiled, and how each was when it was read: whoever watches them learns of a change even if it
// came between that moment and the watching.

import { statSync } from 'node:fs';
import type { Plugin } from 'esbuild';

/** Absolute paths and their stamps; of a file that was read twice, the first one. */
export const sourceStamps: Map<string, string> = new Map();

/** What tells two states of a file apart. */
export function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? missing : `${stat.mtimeMs} ${stat.size}`;
}

export const missing = 'missing';

/** Comes before all other plugins: the first that loads a file is the last that is asked. */
export const noteSources: Plugin = {
  name: 'note-sources',
  setup(build) {
    build.onLoad({ filter: /.*/, namespace: 'file' }, ({ path }) => {
      // Before it is read: what is written meanwhile counts as a change.
      if (!sourceStamps.has(path)) sourceStamps.set(path, stampOf(path));
      return undefined;
    });
  },
};

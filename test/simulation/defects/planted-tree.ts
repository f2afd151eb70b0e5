// A tree in which a defect is planted: a copy of the transpiled tree that this program runs from, with the files of the defect
// transpiled anew from edited sources. There is no switch for it in the sources, and the launcher knows nothing of it.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { repositoryRoot } from '../../../demo/repository.js';
import { type Defect, editedTexts } from './defect.js';

export interface PlantedTree {
  readonly folder: string;
  remove(): void;
}

export async function plant(defect: Defect): Promise<PlantedTree> {
  // Beside the tree that it is a copy of: what is left there by a run that was killed is removed by the launcher.
  const folder = mkdtempSync(join(dirname(ownTree), '.planted-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  for (const name of ['src', 'simulate', 'package.json'])
    cpSync(join(ownTree, name), join(folder, name), { recursive: true });
  for (const [file, text] of editedTexts(defect, sourceOf)) {
    const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'node20' });
    writeFileSync(join(folder, file.replace(/\.ts$/, '.js')), code);
  }
  return {
    folder,
    remove() {
      process.off('exit', remove);
      remove();
    },
  };
}

/** Read once: a long run must not see how they change meanwhile. */
const sources = new Map<string, string>();

function sourceOf(file: string): string {
  const known = sources.get(file) ?? readFileSync(join(repositoryRoot, file), 'utf8');
  sources.set(file, known);
  return known;
}

/** The transpiled tree, which has the folders of the repository. */
export const ownTree: string = findTree();

function findTree(): string {
  const tree = join(dirname(fileURLToPath(import.meta.url)), '../../..');
  if (basename(dirname(tree)) !== 'processor') throw new Error('run it by the launcher: npm run defects');
  return tree;
}

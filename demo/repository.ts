// Where the repository is. Its programs run from a transpiled tree inside node_modules, its tests from the sources.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder: the nearest one above this file that holds the data. */
export const repositoryRoot: string = findRoot();

function findRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'data/cdnow-orders.csv'))) return folder;
    if (folder === dirname(folder)) throw new Error('data/cdnow-orders.csv is not there: this needs the repository');
  }
}

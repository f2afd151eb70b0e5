// The TypeScript of the user's project: what checks it beside the run, before it, and what the doctor looks at.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The TypeScript that is installed in a folder; undefined where there is none. */
export function installedTypeScript(folder: string): { readonly path: string; readonly version: string } | undefined {
  try {
    const path = createRequire(join(folder, 'package.json')).resolve('typescript/package.json');
    const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string };
    return { path: dirname(path), version };
  } catch {
    return undefined;
  }
}

/** The compiler that the folder's own code would be built with. */
export function compilerOf(folder: string): string | undefined {
  const installed = installedTypeScript(folder);
  const path = installed && join(installed.path, 'bin/tsc');
  return path !== undefined && existsSync(path) ? path : undefined;
}

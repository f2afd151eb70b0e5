// The npm packages: installed exactly as package-lock.json says, without any package's install script.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastLines, repositoryRoot, run, SetUpError } from './steps.mjs';

/** Whether node_modules holds what package-lock.json asks for, by npm's own record of what it installed. */
export function packagesAreReady() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const there = installed[path];
    // Optional packages are those of other platforms, which npm leaves out.
    if (there === undefined) return optional === true;
    return there.version === version && there.integrity === integrity;
  });
}

export async function installPackages() {
  const { ok, output, missing } = await run('npm', ['ci', '--ignore-scripts']);
  if (missing) throw new SetUpError('npm was not found. Install Node 20.19 or newer together with npm.');
  if (!ok) {
    throw new SetUpError(
      `npm ci failed:\n${lastLines(output)}\n  Check that npm reaches its registry (npm ping), then run this again.`,
    );
  }
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8')).packages;
  } catch {
    return undefined; // not there, or half written by an npm that was interrupted: both mean "install"
  }
}

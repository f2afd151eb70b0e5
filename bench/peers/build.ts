// Builds what is not JavaScript of ours, once for each state of its sources, in a folder that outlives the clone.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, renameInto } from '../../src/embedded/kafka/jars.js';
import type { Missing } from '../sides/side.js';

const buildTimeoutMs = 10 * 60_000;

/** The folder in which it was built, from copies of all that is in `sources`. */
export async function built(
  name: string,
  sources: readonly string[],
  build: (folder: string) => Promise<unknown>,
  say: (line: string) => void,
): Promise<string | Missing> {
  const home = join(cacheFolder(), 'bench');
  const folder = join(home, `${name}-${hashOf(sources)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(home, { recursive: true });
  const temporary = mkdtempSync(join(home, '.new-'));
  try {
    say(`builds ${name} into ${folder} (once)`);
    for (const source of sources) cpSync(source, temporary, { recursive: true });
    await build(temporary);
    await renameInto(temporary, folder);
    return folder;
  } catch (error) {
    return { missing: reasonOf(error as ExecError) };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

export function run(command: string, args: readonly string[], folder: string): Promise<{ stdout: string }> {
  return promisify(execFile)(command, args, { cwd: folder, timeout: buildTimeoutMs });
}

type ExecError = NodeJS.ErrnoException & { readonly stdout?: string; readonly stderr?: string };

function reasonOf({ code, path, stdout = '', stderr = '', message }: ExecError): string {
  if (code === 'ENOENT') return `there is no ${path} on this machine`;
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? message;
}

function hashOf(folders: readonly string[]): string {
  const digest = createHash('sha256');
  for (const folder of folders)
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
      const file = join(folder, name);
      if (statSync(file).isFile()) digest.update(name).update(readFileSync(file));
    }
  return digest.digest('hex').slice(0, 12);
}

// Runs the simulation with a defect planted, seed after seed, until one of them has a finding.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Defect } from './defect.js';
import { ownTree, plant } from './planted-tree.js';

export interface Search {
  readonly defect: Defect;
  readonly seedsMax: number;
  /** Undefined where no seed has any. */
  readonly found: Found | undefined;
}

export interface Found {
  readonly seed: number;
  /** What the seed's checkers say, the first one first. */
  readonly findings: readonly string[];
}

/** @throws where the simulation itself comes to nothing */
export async function search(defect: Defect, seedsMax: number): Promise<Search> {
  const tree = await plant(defect);
  try {
    for (let from = 1; ; ) {
      const found = await firstFound(tree.folder, { from, seeds: seedsMax + 1 - from });
      // A seed that fails without any defect shows nothing.
      if (found === undefined || !(await firstFound(ownTree, { from: found.seed, seeds: 1 })))
        return { defect, seedsMax, found };
      from = found.seed + 1;
    }
  } catch (error) {
    throw new Error(`${defect.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    tree.remove();
  }
}

/** Shows what one seed does with a defect. */
export async function show(defect: Defect, seed: string): Promise<void> {
  const tree = await plant(defect);
  try {
    const child = spawn(process.execPath, [join(tree.folder, 'simulate/main.js'), '--seed', seed], {
      stdio: 'inherit',
    });
    await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  } finally {
    tree.remove();
  }
}

async function firstFound(tree: string, { from, seeds }: { from: number; seeds: number }): Promise<Found | undefined> {
  const range = ['--from', String(from), '--seeds', String(seeds), '--workers', '1', '--until-found'];
  const child = spawn(process.execPath, [join(tree, 'simulate/main.js'), ...range], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: hangsMs,
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
  const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const found = foundIn(out);
  if (!found && code !== 0) throw new Error(`the simulation ended with ${code}\n${out}${errors}`);
  return found;
}

function foundIn(out: string): Found | undefined {
  const lines = out.split('\n');
  const at = lines.findIndex((line) => line.startsWith('✘ seed '));
  if (at < 0) return undefined;
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => !line.startsWith('    '));
  return {
    seed: Number.parseInt((lines[at] as string).slice('✘ seed '.length), 10),
    findings: rest.slice(0, end).flatMap((line) => (/^ {4}and \d+ more$/.test(line) ? [] : line.trim())),
  };
}

/** Longer than five thousand seeds take on a busy machine. */
const hangsMs = 1_800_000;

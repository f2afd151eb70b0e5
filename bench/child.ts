// A program of the benchmark in a process of its own: its JIT, its memory and its CPU time are its own. It gets its options
// as one argument, gives its result as one line of JSON, and ends when its standard input does, so it never outlives us.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { repositoryRoot } from '../demo/repository.js';

export interface BenchChild<Result> {
  /** Rejects if it ends without one. */
  readonly result: Promise<Result>;
  /** Asks it to come to its end. */
  end(): void;
}

/** @param profileFolder where to write its CPU profile; undefined for none */
export function startChild<Result>(program: string, options: object, profileFolder?: string): BenchChild<Result> {
  const { command, args } = programOf(program, profileFolder);
  const child = spawn(command, [...args, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
  return { result: resultOf(program, child, text(child.stdout)), end: () => child.stdin.end() };
}

/** How a program of this repository is run; its options come behind the arguments. */
export function programOf(program: string, profileFolder?: string): { command: string; args: readonly string[] } {
  const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const runner = join(repositoryRoot, 'scripts/run.cjs');
  return { command: process.execPath, args: [...profile, runner, join(repositoryRoot, program)] };
}

/** What the parent passed on, behind all other arguments. */
export function childOptions(): unknown {
  return JSON.parse(process.argv.at(-1) ?? '{}');
}

/** Resolves when the parent asks for the end, or is gone. */
export function untilEndIsWanted(): Promise<void> {
  return new Promise((resolve) => void process.stdin.resume().once('end', () => resolve()));
}

export function giveResult(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

async function resultOf<Result>(program: string, child: ChildProcess, output: Promise<string>): Promise<Result> {
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return JSON.parse(await output) as Result;
}

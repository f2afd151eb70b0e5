// Checks the types of the user's project beside the run, with their own TypeScript: once after each change, in a process of low
// priority that a newer change cuts off. Processors run whatever it says.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { compilerOf } from '../installed-typescript.js';

export interface TypeMistake {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Such as `TS2322`. */
  readonly code: string;
  readonly message: string;
}

export type TypeResult =
  | { readonly checked: true; readonly mistakes: readonly TypeMistake[] }
  /** It did not come to a result, and this is why. */
  | { readonly checked: false; readonly reason: string };

/** What it takes in this folder, or why there is no check. */
export type TypeChecker = { readonly command: readonly string[] } | { readonly reason: string };

export function typeCheckerIn(folder: string): TypeChecker {
  if (!existsSync(join(folder, 'tsconfig.json'))) return { reason: 'there is no tsconfig.json here' };
  const compiler = compilerOf(folder);
  if (compiler === undefined) return { reason: 'the package typescript is not installed here' };
  // What it knows of files that have not changed is kept.
  const kept = join(folder, '.processor', 'types.tsbuildinfo');
  return {
    command: [compiler, '--noEmit', '--pretty', 'false', '--incremental', '--tsBuildInfoFile', kept, '-p', folder],
  };
}

export class TypeCheck {
  readonly #folder: string;
  readonly #command: readonly string[];
  readonly #onResult: (result: TypeResult) => void;
  #running: ChildProcess | undefined;
  #last: TypeResult | undefined;

  /** @param onResult is told the first result, and each that differs from the one before it */
  constructor(folder: string, command: readonly string[], onResult: (result: TypeResult) => void) {
    this.#folder = folder;
    this.#command = command;
    this.#onResult = onResult;
  }

  /** Begins anew. */
  start(): void {
    this.stop();
    const compiler = spawn(process.execPath, this.#command, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running = compiler;
    yieldTo(compiler);
    let said = '';
    for (const stream of [compiler.stdout, compiler.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    compiler.on('error', () => {}); // then it ends as well
    compiler.on('close', (code) => {
      if (this.#running !== compiler) return;
      this.#running = undefined;
      const result = typeResult(code, said);
      if (!isDeepStrictEqual(result, this.#last)) this.#onResult(result);
      this.#last = result;
    });
  }

  /** Cuts it off; it has no result then. */
  stop(): void {
    const compiler = this.#running;
    this.#running = undefined;
    compiler?.kill('SIGKILL');
  }
}

/** What the compiler said. It ends with another code than 0 where it found mistakes, and where it could not begin. */
export function typeResult(code: number | null, said: string): TypeResult {
  const mistakes: TypeMistake[] = [];
  const others: string[] = [];
  for (const line of said.split(/\r?\n/)) {
    const [, file, row, column, number, message] = located.exec(line) ?? [];
    const last = mistakes.at(-1);
    if (file !== undefined && number !== undefined && message !== undefined)
      mistakes.push({ file, line: Number(row), column: Number(column), code: number, message });
    // What explains a mistake stands below it, further in.
    else if (last !== undefined && line.startsWith(' '))
      mistakes[mistakes.length - 1] = { ...last, message: `${last.message}\n${line}` };
    else if (line.trim() !== '') others.push(line);
  }
  if (mistakes.length > 0 || code === 0) return { checked: true, mistakes };
  return { checked: false, reason: others[0] ?? `the compiler ended with ${code}` };
}

const located = /^(\S.*?)\((\d+),(\d+)\): error (TS\d+): (.*)$/;

function yieldTo({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended, or this system has no priorities for us: then it is checked like anything else.
  }
}

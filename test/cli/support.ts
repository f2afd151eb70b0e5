// The command line as a user has it: `node bin/processor.cjs …` in a folder of their own, with an environment of their own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { word } from '../../src/cli/shell-word.js';
import { eventually, until } from '../support/engine-wait.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const bin: string = join(root, 'bin/processor.cjs');

export interface CliOptions {
  /** Default: the repository. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from standard input. Default: nothing. */
  readonly input?: string;
  /** On a terminal of its own, whose keys are written to its standard input. Needs util-linux (`script`). Default: on none. */
  readonly onTerminal?: boolean;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const running = startCli(args, options);
  running.child.stdin?.end(options.input ?? '');
  return running.ended;
}

/** Starts a command that runs until somebody ends it. It is killed after the file's last test if it still runs. */
export function startCli(
  args: readonly string[],
  { cwd = root, env = {}, onTerminal = false }: CliOptions = {},
): RunningCli {
  const command = [process.execPath, bin, ...args];
  const [program = '', ...words] = onTerminal
    ? ['script', '--quiet', '--return', '--command', command.map(word).join(' '), '/dev/null']
    : command;
  const running = new RunningCli(spawn(program, words, { cwd, env: { ...ownEnvironment(), ...env }, stdio: 'pipe' }));
  started.add(running);
  return running;
}

export class RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  stdout = '';
  stderr = '';

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    // A command that ended without reading its input is not our mistake.
    child.stdin?.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** The lines of its log so far. */
  get log(): readonly LogLine[] {
    const lines = this.stdout.split('\n').filter((line) => line.startsWith('{'));
    return lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits for a line of its log. */
  async logged(what: string, isIt: (line: LogLine) => boolean): Promise<LogLine> {
    await until(
      () => `${what}; it said:\n${this.stdout}${this.stderr}`,
      () => this.log.some(isIt) || this.child.exitCode !== null,
    );
    const line = this.log.find(isIt);
    if (line === undefined) throw new Error(`it ended before: ${what}\n${this.stdout}${this.stderr}`);
    return line;
  }

  /** Waits for what it does elsewhere. If it does not, what it said is in the error. */
  async does(what: string, condition: () => Promise<boolean>): Promise<void> {
    await eventually(() => `${what}; it said:\n${this.stdout}${this.stderr}`, condition);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly fact?: string;
  readonly processor?: string;
  readonly [field: string]: unknown;
}

/** A folder of a user, with these files (paths relative to it). It has the repository's packages. Removed at the end. */
export async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'processor-cli-'));
  folders.add(folder);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'));
  return folder;
}

/** The JSON of a report on standard error. */
export function reported({ stderr }: CliResult): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return (
    JSON.parse(line) as { readonly error: { readonly code: string; readonly message: string; readonly hint: string } }
  ).error;
}

const started = new Set<RunningCli>();
const folders = new Set<string>();

afterAll(async () => {
  for (const { child } of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await Promise.all([...started].map(({ ended }) => ended));
  await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Nothing of the developer's own Kafka, colours or log level. */
function ownEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

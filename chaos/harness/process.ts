// The processes of a run: each with a history and a log of its own in the run's folder, each told about in the harness's history
// when it is gone, none of them alive when the run is over. They cannot outlive us either: see embedded/kafka/guard.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryRoot } from '../../demo/repository.js';
import { wakefulClock } from '../../src/adapters/system-clock.js';
import { type GuardedChild, spawnGuarded } from '../../src/embedded/kafka/guard.js';
import { within } from '../../src/ports/within.js';
import { historySuffix, readLines } from '../checker/load.js';
import type { HistoryFile } from '../history.js';

/** What a program of a run is started with, as one JSON argument. */
export interface Task {
  readonly history: string;
}

export class ChaosProcess {
  readonly name: string;
  readonly pid: number;
  readonly historyFile: string;
  readonly logFile: string;
  readonly startedMs: number = performance.now();
  /** Resolves to its exit code, or to 128 + the number of the signal that ended it. */
  readonly ended: Promise<number>;
  isAlive = true;
  isStopped = false;
  readonly #child: GuardedChild;

  constructor(
    name: string,
    child: GuardedChild,
    files: { readonly history: string; readonly log: string },
    onEnd: (code: number) => void,
  ) {
    this.name = name;
    this.pid = child.pid;
    this.historyFile = files.history;
    this.logFile = files.log;
    this.#child = child;
    this.ended = child.ended.then((code) => {
      this.isAlive = false;
      onEnd(code);
      return code;
    });
  }

  /** SIGKILL and SIGTERM; resolves when it is gone, to its exit code. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
    this.#child.ref();
    this.#child.signal(signal);
    if (signal === 'SIGTERM' && this.isStopped) this.resume();
    return this.ended;
  }

  /** Asks it to end; where it has not after 20 s, far longer than it may take, it is killed. Resolves to its exit code. */
  async stop(): Promise<number> {
    const asked = this.end('SIGTERM');
    return within<number | Promise<number>>(wakefulClock, stopMs, asked, () => this.end('SIGKILL'));
  }

  /** SIGSTOP: from the next moment on it does nothing, and knows nothing of that. */
  freeze(): void {
    this.isStopped = true;
    this.#child.signal('SIGSTOP');
  }

  resume(): void {
    this.isStopped = false;
    this.#child.signal('SIGCONT');
  }
}

const stopMs = 20_000;

export class Processes {
  readonly #folder: string;
  readonly #harness: HistoryFile;
  readonly #all: ChaosProcess[] = [];

  constructor(folder: string, harness: HistoryFile) {
    this.#folder = folder;
    this.#harness = harness;
  }

  /** Runs a program of this repository; its name is that of its files. */
  async start<Plan extends Task>(
    name: string,
    program: string,
    plan: Omit<Plan, 'history'>,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ChaosProcess> {
    const history = join(this.#folder, `${name}${historySuffix}`);
    const logFile = join(this.#folder, `${name}.log`);
    const variables = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
    const child = await spawnGuarded({
      command: '/usr/bin/env',
      args: [...variables, process.execPath, ...nodeArguments(program), JSON.stringify({ ...plan, history })],
      outputFile: logFile,
    });
    const started = new ChaosProcess(name, child, { history, log: logFile }, (code) => {
      const events = existsSync(history) ? readLines(history, () => {}) : 0;
      this.#harness.append({ event: 'ended', process: name, events, how: String(code) });
    });
    this.#all.push(started);
    return started;
  }

  get alive(): readonly ChaosProcess[] {
    return this.#all.filter(({ isAlive }) => isAlive);
  }

  /** Every one that was started, by its id; whatever they do and whatever happened before. */
  async killAll(): Promise<void> {
    await Promise.all(this.alive.map((one) => one.end('SIGKILL')));
  }
}

/**
 * A run's processes are all of the code that the run began with, whatever happens to the sources meanwhile: where we come from
 * the transpiled tree, so do they. Tests come from the sources.
 */
function nodeArguments(program: string): string[] {
  const own = fileURLToPath(import.meta.url);
  if (own.endsWith('.ts')) return [join(repositoryRoot, 'scripts/run.cjs'), join(repositoryRoot, program)];
  return ['--enable-source-maps', join(dirname(own), '../..', program.replace(/\.ts$/, '.js'))];
}

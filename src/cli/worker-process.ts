// A worker as its parent (recycle.ts) sees it: a process that runs the same command line.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { exitCodes } from './exit-codes.js';
import type { WorkerReport } from './worker.js';

export interface WorkerEvents {
  readonly onReport: (worker: WorkerProcess, report: WorkerReport) => void;
  /** With its exit code, or 128 + the signal's number where one ended it. */
  readonly onEnd: (worker: WorkerProcess, code: number) => void;
}

export class WorkerProcess {
  readonly startedMs: number = performance.now();
  /** Whether it has ever said anything, and that it is ready. */
  isHeard = false;
  isReady = false;
  readonly #child: ChildProcess;
  #isStopping = false;

  /** It writes to our own output, so that the log stays one. Signals of the terminal reach it through us alone. */
  constructor({ onReport, onEnd }: WorkerEvents) {
    const [script = '', command = '', ...rest] = process.argv.slice(1);
    this.#child = spawn(process.execPath, [...process.execArgv, script, command, '--worker', ...rest], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    this.#child.on('message', (report) => onReport(this, report as WorkerReport));
    this.#child.once('exit', (code, signal) => onEnd(this, code ?? this.#codeOf(signal)));
    this.#child.on('error', (error) => {
      // A pipe that breaks is the end of the worker, which is heard of anyway.
      if (this.pid !== undefined) return;
      process.stderr.write(`no worker can be started: ${error.message}\n`);
      onEnd(this, exitCodes.error);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Finishes what is under way; the second call hurries. */
  stop(): void {
    this.#isStopping = true;
    this.#child.kill('SIGTERM');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** One that has not even heard of signals when it is asked to stop has stopped. */
  #codeOf(signal: NodeJS.Signals | null): number {
    if (signal === 'SIGTERM' && this.#isStopping) return 0;
    return 128 + (signal === null ? 0 : constants.signals[signal]);
  }
}

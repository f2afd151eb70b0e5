// A worker as its parent (recycle.ts) sees it: a process that runs the same command line.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { MetricSamples } from '../adapters/prometheus/metrics.js';
import { wakefulClock } from '../adapters/system-clock.js';
import { within } from '../ports/within.js';
import { exitCodes } from './exit-codes.js';
import type { FromWorker, ToWorker, WorkerReport } from './worker-messages.js';

export interface WorkerEvents {
  readonly onReport: (worker: WorkerProcess, report: WorkerReport) => void;
  /** With its exit code, or 128 + the signal's number where one ended it. */
  readonly onEnd: (worker: WorkerProcess, code: number) => void;
}

export class WorkerProcess {
  readonly startedMs: number = performance.now();
  /** Tells it from the others that are alive at the same time; one that is gone leaves its own to a later one. */
  readonly slot: number;
  /** What it last said, and when. */
  last: { readonly report: WorkerReport; readonly atMs: number } | undefined;
  /** Whether it has ever said anything, and that it is ready. */
  isHeard = false;
  isReady = false;
  readonly #child: ChildProcess;
  readonly #asking: ((samples: MetricSamples) => void)[] = [];
  #isStopping = false;

  /** It writes to our own output, so that the log stays one. Signals of the terminal reach it through us alone. */
  constructor(slot: number, { onReport, onEnd }: WorkerEvents) {
    this.slot = slot;
    const [script = '', command = '', ...rest] = process.argv.slice(1);
    this.#child = spawn(process.execPath, [...process.execArgv, script, command, '--worker', ...rest], {
      // In time also where a module is preloaded, with which the launcher would come too late (E14).
      env: { UV_THREADPOOL_SIZE: '128', ...process.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'samples') return this.#asking.shift()?.(message.samples);
      this.last = { report: message, atMs: performance.now() };
      onReport(this, message);
    });
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

  /** Its metrics; undefined if it does not answer in time. */
  async samples(timeoutMs: number): Promise<MetricSamples | undefined> {
    if (!this.#child.connected) return undefined;
    const asked: ToWorker = { kind: 'samples?' };
    const told = new Promise<MetricSamples>((resolve) => this.#asking.push(resolve));
    // A pipe that breaks is the end of the worker: nobody answers.
    this.#child.send(asked, () => {});
    return within(wakefulClock, timeoutMs, told, () => undefined);
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

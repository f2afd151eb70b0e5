// A child of `processor dev` as its parent sees it: a process that runs the same command line (child.ts). It ends when its parent
// is gone, however that ended.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { exitCodes } from '../exit-codes.js';
import type { Order, Report } from './messages.js';

export interface ChildEvents {
  readonly onReport: (report: Report) => void;
  /** One whole line of what it, or the user's code in it, has written. */
  readonly onLine: (line: string, from: 'stdout' | 'stderr') => void;
  /** With its exit code, or 128 + the signal's number where one ended it. All that it has written was handed over before. */
  readonly onEnd: (code: number) => void;
}

export class DevChild {
  readonly #child: ChildProcess;

  constructor({ onReport, onLine, onEnd }: ChildEvents) {
    const [script = '', command = '', ...rest] = process.argv.slice(1);
    const inColour = process.stdout.isTTY && !process.env['NO_COLOR'];
    this.#child = spawn(process.execPath, [...process.execArgv, script, command, '--child', ...rest], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // The terminal's Ctrl-C reaches it through us alone.
      detached: true,
      env: { ...process.env, ...(inColour ? { FORCE_COLOR: process.env['FORCE_COLOR'] ?? '1' } : {}) },
    });
    this.#child.on('message', (report) => onReport(report as Report));
    for (const from of ['stdout', 'stderr'] as const)
      lines(this.#child[from] as Readable, (line) => onLine(line, from));
    // Comes when its output has been read to the end.
    this.#child.once('close', (code, signal) => onEnd(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    this.#child.on('error', (error) => {
      // A pipe that breaks is the end of the child, which is heard of anyway.
      if (this.#child.pid !== undefined) return;
      onLine(`no process can be started: ${error.message}`, 'stderr');
      onEnd(exitCodes.error);
    });
  }

  tell(order: Order): void {
    // One that has just ended hears nothing, and its end is heard of.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Finishes what is under way; the second call hurries. One that was not told to run ends at once. */
  stop(): void {
    this.#child.kill('SIGTERM');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function lines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) onLine(line);
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

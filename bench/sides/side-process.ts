// A side while it runs, in whatever language: it says when the first record is in hand, works until it is told to end, and
// says then how many transactions it has made.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface SideCommand {
  readonly command: string;
  /** The options come behind them. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export class SideProcess {
  readonly pid: number;
  readonly startedMs: number;
  /** When the first record was in hand. Rejects if the process ends before. */
  readonly began: Promise<void>;
  /** Rejects when the process ends before it was told to. */
  readonly failed: Promise<never>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #transactions: number | undefined;
  #isEnding = false;

  constructor(name: string, { command, args, environment = {} }: SideCommand, options: object) {
    this.#name = name;
    this.startedMs = performance.now();
    const child = spawn(command, [...args, JSON.stringify(options)], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#closed = once(child, 'close').then(([code]) => code as number | null);
    this.failed = this.#closed.then((code) => {
      if (!this.#isEnding) throw new Error(`${name} ended by itself with ${code}`);
      return new Promise<never>(() => {});
    });
    this.failed.catch(() => {});
    this.began = Promise.race([this.#hearsBegin(child), this.failed]);
    this.began.catch(() => {});
  }

  /** Resolves to the number of its transactions, when it is gone. */
  async end(): Promise<number> {
    this.#isEnding = true;
    this.#child.stdin?.end();
    const code = await this.#closed;
    if (code !== 0 || this.#transactions === undefined) throw new Error(`${this.#name} ended with ${code}`);
    return this.#transactions;
  }

  /** At once, whatever it does. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #hearsBegin({ stdout }: ChildProcess): Promise<void> {
    if (stdout === null) throw new Error('a side has no standard output');
    return new Promise((resolve) => {
      createInterface({ input: stdout }).on('line', (line) => {
        const { began, transactions } = JSON.parse(line) as { readonly began?: true; readonly transactions?: number };
        if (began) resolve();
        if (transactions !== undefined) this.#transactions = transactions;
      });
    });
  }
}

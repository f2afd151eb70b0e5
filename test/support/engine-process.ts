// The test's side of a processor in a process of its own (engine-child.ts): its words, its end. Killed when the test ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ChildCommand, ChildPlan, ChildWord } from './engine-child.js';
import { until } from './engine-wait.js';

export interface Instance {
  readonly pid: number;
  readonly words: readonly ChildWord[];
  /** What it has written to standard error. */
  readonly complaints: string;
  /** How many times it said this fact or word. */
  said(what: string): number;
  until(what: string, condition: () => boolean, timeoutMs?: number): Promise<void>;
  command(command: ChildCommand): void;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves when it has ended: with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

export function instance(plan: ChildPlan, environment: Readonly<Record<string, string>> = {}): Instance {
  const child = spawn(process.execPath, ['scripts/run.cjs', 'test/support/engine-child.ts', JSON.stringify(plan)], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const words: ChildWord[] = [];
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  createInterface({ input: child.stdout }).on('line', (line) => words.push(JSON.parse(line) as ChildWord));
  // A child that has ended takes no commands.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const said = (what: string): number =>
    words.filter((word) => ('word' in word ? word.word : word.fact) === what).length;
  return {
    pid: child.pid ?? -1,
    words,
    get complaints() {
      return complaints;
    },
    said,
    until: (what, condition, timeoutMs) =>
      until(
        () =>
          `${what}; its last words were\n${words
            .slice(-10)
            .map((word) => JSON.stringify(word))
            .join('\n')}\n${complaints}`,
        condition,
        timeoutMs,
      ),
    command: (command) => child.stdin.write(`${command}\n`),
    signal: (signal) => child.kill(signal),
    ended,
  };
}

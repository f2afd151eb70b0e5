// One `processor run` in a process of its own, and the commits that its log tells of. It cannot outlive us.

import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../demo/repository.js';
import { type GuardedChild, spawnGuarded } from '../src/embedded/kafka/guard.js';

export interface Commit {
  /** As `Date.now()` on this machine. */
  readonly atMs: number;
  readonly partition: number;
  readonly member: Member;
}

export interface MemberOptions {
  /** The path of its module below the repository. */
  readonly module: string;
  readonly brokers: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** Its log, of which every commit is a line. */
  readonly logFile: string;
}

export class Member {
  readonly logFile: string;
  /** Whether it ended although nobody had asked for that. */
  hasFailed = false;
  readonly #child: GuardedChild;
  readonly #log: number;
  /** What was read of a line that is being written. */
  #rest = '';
  #isMeantToEnd = false;

  static async start({ module, brokers, settings, logFile }: MemberOptions): Promise<Member> {
    writeFileSync(logFile, '');
    const pairs = Object.entries(settings).flatMap(([property, value]) => ['-X', `${property}=${value}`]);
    const command = [join(repositoryRoot, 'bin/processor.cjs'), 'run', join(repositoryRoot, module)];
    const child = await spawnGuarded({
      command: '/usr/bin/env',
      args: ['LOG_LEVEL=debug', process.execPath, ...command, '--brokers', brokers, ...pairs],
      outputFile: logFile,
    });
    return new Member(child, logFile);
  }

  private constructor(child: GuardedChild, logFile: string) {
    this.#child = child;
    this.logFile = logFile;
    this.#log = openSync(logFile, 'r');
    void child.ended.finally(() => (this.hasFailed = !this.#isMeantToEnd));
  }

  /** Resolves to its exit code when it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    this.#isMeantToEnd = true;
    this.#child.ref();
    this.#child.signal(signal);
    return this.#child.ended;
  }

  /** The commits since this was asked last. */
  newCommits(): readonly Commit[] {
    const chunk = Buffer.alloc(65_536);
    let text = this.#rest;
    for (let size = -1; size !== 0; ) {
      size = readSync(this.#log, chunk);
      text += chunk.toString('latin1', 0, size);
    }
    const lines = text.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => {
      if (!line.includes('"fact":"batch-committed"')) return [];
      const { time, partition } = JSON.parse(line) as { readonly time: string; readonly partition: number };
      return [{ atMs: Date.parse(time), partition, member: this }];
    });
  }

  close(): void {
    closeSync(this.#log);
  }
}

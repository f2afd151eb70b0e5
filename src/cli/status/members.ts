// Who owns which partition. The client that is asked can end its process (adapters/confluent/group-members), so it is asked in one of
// its own: if that ends, the owners are not known, and nothing else is lost. Owns that process.

import { type ChildProcess, spawn } from 'node:child_process';
import type { DescribedGroup } from '../../adapters/confluent/group-members.js';
import type { GroupId } from '../../core/ids.js';

export type MembersOf =
  | ({ readonly kind: 'known' } & DescribedGroup)
  /** There is no such group: the processor has never run under this name, or not for long. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What the process is asked and what it answers (members-process.ts). */
export interface MembersQuestion {
  readonly groups: readonly GroupId[];
}
export interface MembersAnswer {
  readonly group: GroupId;
  readonly members: MembersOf;
}

/** A whole answer; the process takes about half a second to start. */
const answerMs = 10_000;
/** A process that ends so often is not started again. */
const endsMax = 3;

export class Members {
  #child: ChildProcess | undefined;
  #ends = 0;

  /** Each group once; what could not be had says why. */
  async of(groups: readonly GroupId[]): Promise<ReadonlyMap<GroupId, MembersOf>> {
    const found = new Map<GroupId, MembersOf>();
    const fallback = (reason: string): void => {
      for (const group of groups) if (!found.has(group)) found.set(group, { kind: 'unknown', reason });
    };
    if (this.#ends >= endsMax) {
      fallback('the client cannot ask these brokers');
      return found;
    }
    const child = this.#child ?? this.#start();
    await new Promise<void>((resolve) => {
      const done = (reason: string): void => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        fallback(reason);
        resolve();
      };
      const onMessage = (answer: MembersAnswer): void => {
        found.set(answer.group, answer.members);
        if (found.size === groups.length) done('');
      };
      const onExit = (): void => done('the client ended while it asked');
      const timer = setTimeout(() => {
        // What it would say later belongs to no question any more.
        this.close();
        done('no answer in time');
      }, answerMs);
      child.on('message', onMessage).once('exit', onExit);
      const question: MembersQuestion = { groups: [...new Set(groups)] };
      child.send(question, (error) => {
        if (error) done('the client cannot be asked');
      });
    });
    return found;
  }

  close(): void {
    this.#child?.removeAllListeners('exit').kill('SIGKILL');
    this.#child = undefined;
  }

  /** The same command line again, so that it connects the same way. */
  #start(): ChildProcess {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1), '--members'], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('error', () => {});
    child.once('exit', () => {
      this.#ends++;
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    return child;
  }
}

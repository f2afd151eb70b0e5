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
  readonly #command: readonly string[];
  #child: ChildProcess | undefined;
  #ends = 0;

  /** @param command what starts a process that answers; by default this command line again, so that it connects the same way */
  constructor(command: readonly string[] = thisCommand()) {
    this.#command = command;
  }

  /** Each group once; what could not be had says why. Never rejects. */
  async of(groups: readonly GroupId[]): Promise<ReadonlyMap<GroupId, MembersOf>> {
    if (this.#ends >= endsMax) return unknown(groups, 'the client ends whenever it asks these brokers');
    const child = this.#child ?? this.#start();
    const found = new Map<GroupId, MembersOf>();
    const why = await new Promise<string>((resolve) => {
      const done = (reason: string): void => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit).off('error', onExit);
        resolve(reason);
      };
      const onMessage = ({ group, members }: MembersAnswer): void => {
        found.set(group, members);
        if (groups.every((one) => found.has(one))) done('');
      };
      const onExit = (): void => done('the client ended while it asked');
      const timer = setTimeout(() => {
        // What it would say later belongs to no question any more.
        this.close();
        done('no answer in time');
      }, answerMs);
      child.on('message', onMessage).once('exit', onExit).once('error', onExit);
      const question: MembersQuestion = { groups };
      // A pipe that is broken is the end of the process, which is heard of anyway.
      child.send(question, () => {});
    });
    return new Map([...unknown(groups, why), ...found]);
  }

  close(): void {
    this.#child?.removeAllListeners('exit').kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const [program = '', ...args] = this.#command;
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const ended = (): void => {
      this.#ends++;
      if (this.#child === child) this.#child = undefined;
    };
    child.once('exit', ended).once('error', ended);
    this.#child = child;
    return child;
  }
}

function thisCommand(): readonly string[] {
  const [script = '', command = '', ...rest] = process.argv.slice(1);
  // Behind a `--` it would be the name of a processor.
  return [process.execPath, ...process.execArgv, script, command, '--members', ...rest];
}

function unknown(groups: readonly GroupId[], reason: string): ReadonlyMap<GroupId, MembersOf> {
  return new Map(groups.map((group) => [group, { kind: 'unknown', reason }]));
}

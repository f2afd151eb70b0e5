// Two members that share the partitions of a topic under load, and who of them committed where and when.

import { setTimeout as wait } from 'node:timers/promises';
import type { Commit, Member } from './member.js';

export const partitions: readonly number[] = [0, 1, 2, 3];
/** For this long the same two have shared the work, and no partition has stood still for longer than this: it flows. */
const flowMs = 2000;
const gapMsMax = 500;
/** A cluster that has just started takes a while to create its own topics and to compile its code. */
const waitMsMax = 120_000;
const keptMs = 120_000;

/** How a shell reports SIGKILL. */
const killed = 128 + 9;

export class Group {
  /** How many were asked to stop, did, and could not end by themselves, because a call to a broker did not return. */
  forcedEnds = 0;
  readonly #start: () => Promise<Member>;
  readonly #members = new Set<Member>();
  #commits: Commit[] = [];

  constructor(start: () => Promise<Member>) {
    this.#start = start;
  }

  async add(): Promise<void> {
    this.#members.add(await this.#start());
  }

  /** Resolves to two members when each works on its half of the partitions, steadily. */
  async untilShared(): Promise<readonly [Member, Member]> {
    return this.#until('both members have their half', () => {
      const sinceMs = Date.now() - flowMs;
      const shares = new Map<Member, Set<number>>();
      for (const { atMs, partition, member } of this.#commits)
        if (atMs >= sinceMs) shares.set(member, (shares.get(member) ?? new Set()).add(partition));
      const [one, other, ...more] = [...shares];
      if (one === undefined || other === undefined || more.length > 0) return undefined;
      const areHalves = one[1].size === 2 && other[1].size === 2;
      return areHalves && this.longestGapMs(sinceMs) <= gapMsMax ? [one[0], other[0]] : undefined;
    });
  }

  /** The partitions that a member works on. */
  shareOf(member: Member): readonly number[] {
    const sinceMs = Date.now() - flowMs;
    const own = this.#commits.filter((commit) => commit.member === member && commit.atMs >= sinceMs);
    return [...new Set(own.map(({ partition }) => partition))];
  }

  /** Takes it out; resolves to how long it takes until each of its partitions has its next commit by another member. */
  async replace(member: Member, signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    const share = this.shareOf(member);
    const sinceMs = Date.now();
    const ended = member.end(signal);
    const ms = await this.untilCommitted(share, sinceMs, member);
    const code = await ended;
    // One that its own guard has killed had stopped before.
    if (signal === 'SIGTERM' && code === killed) this.forcedEnds++;
    else if (signal === 'SIGTERM' && code !== 0) throw new Error(`a member ended with ${code}: ${member.logFile}`);
    this.#members.delete(member);
    member.close();
    await this.add();
    return ms;
  }

  /** How long after `sinceMs` the last of these partitions has its first commit by somebody else than `except`. */
  async untilCommitted(wanted: readonly number[], sinceMs: number, except?: Member): Promise<number> {
    const firsts = await this.#until('its partitions have commits', () => {
      const found = wanted.map((partition) =>
        this.#commits.find(
          (commit) => commit.partition === partition && commit.atMs >= sinceMs && commit.member !== except,
        ),
      );
      return found.every((commit) => commit !== undefined) ? found : undefined;
    });
    return Math.max(...firsts.map(({ atMs }) => atMs - sinceMs));
  }

  /** For how long any partition had no commit at most, from `sinceMs` to now. */
  longestGapMs(sinceMs: number): number {
    const gaps = partitions.map((partition) => {
      let [longest, beforeMs] = [0, sinceMs];
      for (const { atMs } of this.#commits.filter(
        (commit) => commit.partition === partition && commit.atMs > sinceMs,
      )) {
        longest = Math.max(longest, atMs - beforeMs);
        beforeMs = atMs;
      }
      return Math.max(longest, Date.now() - beforeMs);
    });
    return Math.max(...gaps);
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.end('SIGKILL')));
  }

  async #until<T>(what: string, find: () => T | undefined): Promise<T> {
    const deadline = performance.now() + waitMsMax;
    for (;;) {
      this.#listen();
      const found = find();
      if (found !== undefined) return found;
      if (performance.now() > deadline)
        throw new Error(`within ${waitMsMax / 1000} s not: ${what}; logs: ${this.#logs()}`);
      await wait(20);
    }
  }

  #listen(): void {
    for (const member of this.#members) {
      if (member.hasFailed) throw new Error(`a member has ended by itself: ${member.logFile}`);
      this.#commits.push(...member.newCommits());
    }
    this.#commits.sort((a, b) => a.atMs - b.atMs);
    const keptSinceMs = Date.now() - keptMs;
    this.#commits = this.#commits.filter(({ atMs }) => atMs >= keptSinceMs);
  }

  #logs(): string {
    return [...this.#members].map(({ logFile }) => logFile).join(', ');
  }
}

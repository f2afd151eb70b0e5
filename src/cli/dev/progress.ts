// How the child that runs the processors is doing, from what it reports once a second: the live line on a terminal, elsewhere a
// line now and then.

import type { Screen } from './screen.js';
import type { ChildId, Session } from './session.js';
import type { Say } from './speaker.js';
import { type Change, lagTable, type Status, statusLine, summary, totalLag } from './status.js';

export interface ProgressOptions {
  readonly screen: Screen;
  readonly say: Say;
  readonly isTerminal: boolean;
}

export class Progress {
  readonly #options: ProgressOptions;
  #last: (Change & { readonly child: ChildId; readonly atMs: number }) | undefined;
  /** What was summarized of this child. */
  #summarized: Status | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  hear(child: ChildId, status: Status, session: Session): void {
    const before = this.#last?.child === child ? this.#last : undefined;
    const atMs = performance.now();
    this.#last = { child, now: status, before: before?.now, ms: atMs - (before?.atMs ?? atMs), atMs };
    this.draw(session);
  }

  draw(session: Session): void {
    this.#options.screen.live(this.#line(session));
  }

  lagTable(): string {
    return this.#last === undefined ? 'nothing runs' : lagTable(this.#last.now).trimEnd();
  }

  /** Says what was done since it last did. */
  summarize(): void {
    if (this.#last === undefined || this.#options.isTerminal) return;
    const { now } = this.#last;
    const counts = summary({ now, before: this.#summarized });
    this.#summarized = now;
    if (counts !== undefined)
      this.#options.say({ event: 'status', ...counts, lag: totalLag(now), partitions: now.partitions });
  }

  /** The child has ended. */
  end(): void {
    this.summarize();
    this.#last = undefined;
    this.#summarized = undefined;
  }

  #line({ serving, isDraining, isEnding, next, isRestarting }: Session): string {
    if (isEnding) return 'stopping';
    if (serving !== undefined && !isDraining && this.#last !== undefined) return `${statusLine(this.#last)} · h: help`;
    if (serving !== undefined && !isDraining) return 'joins the group';
    return next !== undefined || isRestarting ? 'loading' : 'nothing runs; waits for a change · h: help';
  }
}

// What a test wants to happen to which frames. A rule counts the frames that match it, lets those before the nth pass, takes
// the next few, and is over. Of several rules the oldest that wants a frame takes it; the others do not count it.

import type { Answer } from './answer.js';
import type { ApiName } from './api.js';
import type { Direction, Frame } from './frame.js';

export interface Match {
  /** Default: every one. */
  readonly api?: ApiName | readonly ApiName[];
  /** Default 'request'. */
  readonly direction?: Direction;
  /** All of the client's `client.id`, or a pattern in it. Default: everybody's. */
  readonly clientId?: string | RegExp;
  /** Number of a connection, as in the log. Default: all. */
  readonly connection?: number;
  /** The first frame that it applies to, among those that match from now on. Default 1. */
  readonly nth?: number;
  /** To how many frames it applies. Default 1. */
  readonly times?: number;
}

/** A rule as the test that made it sees it. */
export interface Rule {
  /** Resolves when it has applied for the first time; rejects if it ends without. */
  readonly applied: Promise<Frame>;
  /** All frames that it has applied to. */
  readonly frames: readonly Frame[];
  /** From now on it applies to nothing. May be called again. */
  end(): void;
}

/** What is done to a frame that a rule takes. */
export type Verb =
  | { readonly kind: 'hold'; readonly hold: (held: HeldFrame) => void }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'slice'; readonly bytes: number }
  | { readonly kind: 'reset'; readonly forwarded: boolean };

/** A frame that waits, and what the connection that holds it can do with it. One word decides; resets decide nothing. */
export interface HeldFrame {
  readonly frame: Frame;
  release(): Promise<void>;
  releaseOnFreshConnection(): Promise<Answer>;
  drop(): void;
  resetClient(): void;
}

export class ActiveRule implements Rule {
  readonly verb: Verb;
  readonly applied: Promise<Frame>;
  readonly frames: Frame[] = [];
  readonly #match: Match;
  #toSkip: number;
  #left: number;
  #resolve: (frame: Frame) => void = () => {};
  #reject: (reason: Error) => void = () => {};

  constructor(match: Match, verb: Verb) {
    const { nth = 1, times = 1 } = match;
    if (nth < 1 || times < 1) throw new RangeError(`nth (${nth}) and times (${times}) count from 1`);
    this.#match = match;
    this.verb = verb;
    this.#toSkip = nth - 1;
    this.#left = times;
    this.applied = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.applied.catch(() => {}); // Who waits for it hears of it; a rule that nobody waits for may end unused.
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  /** Whether it takes this frame. */
  take(frame: Frame): boolean {
    if (this.isOver || !matches(this.#match, frame)) return false;
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return false;
    }
    this.#left--;
    this.frames.push(frame);
    this.#resolve(frame);
    return true;
  }

  end(): void {
    this.#left = 0;
    const { api = 'any', direction = 'request' } = this.#match;
    this.#reject(
      new Error(`the rule «${this.verb.kind} ${api} ${direction}» has ended, and nothing came that it applies to`),
    );
  }
}

export function matches({ api, direction = 'request', clientId, connection }: Match, frame: Frame): boolean {
  return (
    frame.direction === direction &&
    (api === undefined || (typeof api === 'string' ? frame.api === api : api.includes(frame.api))) &&
    isClient(clientId, frame.clientId) &&
    (connection === undefined || frame.connection === connection)
  );
}

export function isClient(wanted: string | RegExp | undefined, clientId: string | null): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return clientId === wanted;
  return clientId !== null && clientId.search(wanted) >= 0; // `test` would remember where a global pattern has been.
}

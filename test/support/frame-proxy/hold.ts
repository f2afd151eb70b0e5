// The test's handle on a frame that it holds back.

import type { Answer } from './answer.js';
import type { Frame } from './frame.js';
import { ActiveRule, type HeldFrame, type Match } from './rule.js';

/** Whatever comes behind a held frame on its connection, in its direction, waits with it, as behind a lost packet. */
export interface Hold {
  /** Resolves when the frame is there; rejects if the rule ends without. */
  readonly held: Promise<Frame>;
  /**
   * Lets it go on its own connection, also when the client has gone from there: what it sent is on its way all the same.
   * Resolves when the broker has answered the request, or the answer is on its way to the client.
   */
  release(): Promise<void>;
  /** Sends the request on a connection of its own. Resolves with the broker's answer, which the client never gets. */
  releaseOnFreshConnection(): Promise<Answer>;
  /** Nobody ever gets it. */
  drop(): void;
  /** The client sees its connection reset; the frame is still held. */
  resetClient(): void;
  /** Holds nothing any more: a frame that is held is dropped. */
  end(): void;
}

export class ActiveHold implements Hold {
  readonly rule: ActiveRule;
  readonly held: Promise<Frame>;
  #frame: HeldFrame | undefined;
  #isDecided = false;

  constructor(match: Omit<Match, 'times'>) {
    let arrive: (frame: Frame) => void = () => {};
    const arrived = new Promise<Frame>((resolve) => (arrive = resolve));
    const hold = (held: HeldFrame): void => {
      this.#frame = held;
      arrive(held.frame);
    };
    this.rule = new ActiveRule(match, { kind: 'hold', hold });
    // A rule has applied when the head of its frame is there; a frame can be held when all of it is.
    this.held = this.rule.applied.then(() => arrived);
    this.held.catch(() => {});
  }

  release(): Promise<void> {
    return this.#decided().release();
  }

  async releaseOnFreshConnection(): Promise<Answer> {
    const { direction } = this.#present().frame;
    if (direction === 'response') throw new Error('an answer goes to its own client or to nobody');
    return this.#decided().releaseOnFreshConnection();
  }

  drop(): void {
    this.#decided().drop();
  }

  resetClient(): void {
    this.#present().resetClient();
  }

  end(): void {
    this.rule.end();
    if (this.#frame !== undefined && !this.#isDecided) this.drop();
  }

  #decided(): HeldFrame {
    const frame = this.#present();
    if (this.#isDecided) throw new Error('this frame has been released or dropped before');
    this.#isDecided = true;
    return frame;
  }

  #present(): HeldFrame {
    if (this.#frame === undefined) throw new Error('nothing is held yet: wait for `held`');
    return this.#frame;
  }
}

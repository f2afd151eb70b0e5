// The events of its group that a consumer has to raise, one after another, and whether the one that was raised is answered: until
// then its group waits.

import type { Rebalance } from '../ports/kafka.js';

export class RaisedEvents {
  readonly #onRebalance: (event: Rebalance) => void;
  readonly #arrived: () => void;
  readonly #waiting: RaisedEvent[] = [];
  #unanswered: RaisedEvent | undefined;
  #isClosed = false;

  /** @param arrived is told when there is one to raise */
  constructor(onRebalance: (event: Rebalance) => void, arrived: () => void) {
    this.#onRebalance = onRebalance;
    this.#arrived = arrived;
  }

  get unanswered(): Rebalance | undefined {
    return this.#unanswered?.event;
  }

  /** Resolves when it is answered. */
  raise(event: Rebalance): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    return new Promise((answered) => {
      this.#waiting.push({ event, answered });
      this.#arrived();
    });
  }

  /** During a poll. Gives back whether there was one. */
  raiseNext(): boolean {
    if (this.#unanswered || this.#isClosed) return false;
    this.#unanswered = this.#waiting.shift();
    if (this.#unanswered) this.#onRebalance(this.#unanswered.event);
    return this.#unanswered !== undefined;
  }

  answer(): Rebalance {
    if (this.#unanswered === undefined) throw new Error('no event waits for an answer');
    const { event, answered } = this.#unanswered;
    this.#unanswered = undefined;
    answered();
    return event;
  }

  /** A loss that nobody has heard of yet is a revocation once the client is told what to read. */
  takeLossesBack(): void {
    for (const [i, { event, answered }] of this.#waiting.entries())
      if (event.kind === 'lost') this.#waiting[i] = { event: { ...event, kind: 'revoked' }, answered };
  }

  /** The client takes any unassign for the answer to a revocation that it has to raise, heard or not. */
  answerUnheard(): void {
    for (const { event, answered } of this.#waiting) if (event.kind !== 'assigned') answered();
  }

  /** Nobody answers any more. */
  close(): void {
    this.#isClosed = true;
    this.#unanswered?.answered();
    for (const { answered } of this.#waiting) answered();
  }
}

interface RaisedEvent {
  readonly event: Rebalance;
  readonly answered: () => void;
}

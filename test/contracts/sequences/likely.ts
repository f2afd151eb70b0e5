// Which of randomly drawn operations make sense where they stand. Most that do not are left out, so that a sequence is not one
// refusal after another; some are kept, because calls in the wrong order are a part of the contract as well. Pure: what is left
// of a list does not hang on anything but the list, so that a shortened one can be shortened again.

import type { Operation } from './operation.js';

/** An operation, and whether it stays where it makes no sense. */
export interface Drawn {
  readonly operation: Operation;
  readonly isInsistent: boolean;
}

export function likely(drawn: readonly Drawn[], lengthMax: number): readonly Operation[] {
  const expected = new Expected();
  const kept: Operation[] = [];
  for (const { operation, isInsistent } of drawn) {
    if (kept.length === lengthMax) break;
    if (!expected.isPossible(operation) || !(expected.makesSense(operation) || isInsistent)) continue;
    kept.push(operation);
    expected.after(operation);
  }
  return kept;
}

type ProducerState = 'closed' | 'connected' | 'ready' | 'in-transaction';

/** How things stand if every call succeeds; where one did not, what follows is a call in the wrong order. */
class Expected {
  readonly #producers = new Map<number, ProducerState>();

  /** Nobody can act who is not there. */
  isPossible(operation: Operation): boolean {
    const isThere = this.#producers.has(operation.producer);
    return operation.do === 'open' ? this.#stateOf(operation.producer) === 'closed' : isThere;
  }

  makesSense(operation: Operation): boolean {
    const state = this.#stateOf(operation.producer);
    switch (operation.do) {
      case 'open':
        return true;
      case 'init':
        return state === 'connected';
      case 'begin':
        return state === 'ready';
      case 'send':
      case 'commit':
      case 'abort':
        return state === 'in-transaction';
      case 'close':
        return state !== 'closed';
    }
  }

  after(operation: Operation): void {
    const state = afterwards[operation.do];
    if (state && this.makesSense(operation)) this.#producers.set(operation.producer, state);
  }

  #stateOf(producer: number): ProducerState {
    return this.#producers.get(producer) ?? 'closed';
  }
}

const afterwards: Readonly<Record<Operation['do'], ProducerState | undefined>> = {
  open: 'connected',
  init: 'ready',
  begin: 'in-transaction',
  send: undefined,
  commit: 'ready',
  abort: 'ready',
  close: 'closed',
};

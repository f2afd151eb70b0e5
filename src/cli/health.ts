// Whether the processors of this process live and do their share, in the words of a probe's answer.

import type { Fact } from '../engine/facts.js';
import { errorFields } from './error-fields.js';
import { Readiness } from './readiness.js';

export class Health {
  readonly #isEnding: () => boolean;
  #readiness: Readiness | undefined;
  #failure: string | undefined;

  /** @param isEnding whether the process is asked to end */
  constructor(isEnding: () => boolean) {
    this.#isEnding = isEnding;
  }

  /** These processors are about to be started. */
  expect(processors: readonly string[]): void {
    this.#readiness = new Readiness(processors);
  }

  hear(fact: Fact, nowMs: number): void {
    this.#readiness?.hear(fact, nowMs);
    if (fact.fact !== 'processor-failed') return;
    const { code, message } = errorFields(fact.error);
    this.#failure ??= `${fact.processor} has failed: ${typeof code === 'string' ? code : message}`;
  }

  /** Whoever can ask and is answered knows that the event loop turns. */
  whyNotAlive(): string | undefined {
    return this.#failure;
  }

  whyNotReady(nowMs: number): string | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#isEnding()) return 'it is stopping';
    return this.#readiness === undefined ? 'it is starting' : this.#readiness.whyNot(nowMs);
  }
}

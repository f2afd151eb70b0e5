// Which calls of a transactional producer the client takes when, by a state of its own that no coordinator knows of; and what it
// answers to those that come at the wrong time.

import { KafkaError } from '../ports/kafka.js';

type Phase = 'connected' | 'ready' | 'open' | 'committing' | 'aborting' | 'to-be-aborted' | 'fatal';

export class TransactionCalls {
  #phase: Phase = 'connected';
  /** What a transaction that is to be aborted, or the producer, has failed with. */
  #failure: KafkaError | undefined;

  /** @throws _STATE, or what has failed before where that is why */
  require(...phases: readonly Phase[]): void {
    if (phases.includes(this.#phase)) return;
    if (this.#failure) throw this.#failure;
    throw new KafkaError('_STATE', `not valid in state ${this.#phase}`);
  }

  /** The client gives no flags with what it answers to a `begin`. */
  requireForBegin(): void {
    try {
      this.require('ready');
    } catch (error) {
      const { code, message, fenced } = error as KafkaError;
      throw new KafkaError(code, message, { fenced });
    }
  }

  /** Records are checked by another part of the client, which has words of its own. */
  requireForSend(): void {
    if (this.#phase === 'fatal') throw new KafkaError('_FATAL', 'produce: a fatal error was raised before');
    if (this.#phase !== 'open') throw new KafkaError('_STATE', `produce: not valid in state ${this.#phase}`);
  }

  enter(phase: 'ready' | 'open' | 'committing' | 'aborting'): void {
    this.#phase = phase;
    this.#failure = undefined;
  }

  /** The first failure counts, unless a fatal one follows. */
  fail(error: KafkaError): void {
    if (this.#phase === 'fatal' || !(error.fatal || error.abortable)) return;
    if ((this.#phase === 'to-be-aborted' || this.#phase === 'aborting') && !error.fatal) return;
    this.#phase = error.fatal ? 'fatal' : 'to-be-aborted';
    this.#failure = error;
  }
}

// Whether brokers have acknowledged what was sent outside transactions. The slow lane asks for a report of each record; in the
// fast one the client itself counts them.

import { KafkaError } from '../../ports/kafka.js';
import { toKafkaError } from './kafka-error.js';
import type { ClientHandle, NativeLane } from './native/lane.js';
import { errorText, type RawConfig, type RawError } from './raw-client.js';

/** One `deliver`, from its first record to the last answer. */
export interface Delivery {
  /** Records that a broker has, by its own word. */
  readonly acknowledged: number;
  /** So many more were queued. */
  expect(count: number): void;
  /** Resolves when each record has its answer; rejects with the first refusal. */
  done(): Promise<void>;
  /** Nobody answers any more. */
  closed(): void;
}

/** By the binding's reports, each of which carries the delivery that it belongs to. */
export class ReportedDelivery implements Delivery {
  /** What a producer has to be made with for its records to be reported. */
  static readonly config: RawConfig = {
    dr_cb: (error: RawError | null, { opaque }: { readonly opaque?: unknown }) => {
      if (opaque instanceof ReportedDelivery) opaque.#reported(error);
    },
  };

  acknowledged = 0;
  #expected = 0;
  #refusal: RawError | undefined;
  #isClosed = false;
  #resolve: (() => void) | undefined;

  expect(count: number): void {
    this.#expected += count;
  }

  async done(): Promise<void> {
    if (this.#expected > 0 && !this.#isClosed) await new Promise<void>((resolve) => (this.#resolve = resolve));
    if (this.#refusal) throw toKafkaError(this.#refusal, 'deliver');
    if (this.#expected > 0) throw closedError();
  }

  closed(): void {
    this.#isClosed = true;
    this.#resolve?.();
  }

  #reported(error: RawError | null): void {
    this.#expected--;
    if (error) this.#refusal ??= error;
    else this.acknowledged++;
    if (this.#expected === 0) this.#resolve?.();
  }
}

/**
 * By the client's own counts, which are of all records of the producer: what an earlier delivery left behind is waited for with
 * this one, and fails it if it is refused.
 */
export class CountedDelivery implements Delivery {
  readonly #native: NativeLane;
  readonly #client: ClientHandle;
  readonly #acknowledgedBefore: number;
  readonly #refusedBefore: number;
  #expected: number;
  #isClosed = false;

  /** `left`: how many records of earlier deliveries have no answer yet. */
  constructor(native: NativeLane, client: ClientHandle, left: number) {
    this.#native = native;
    this.#client = client;
    const { acknowledged, refused } = native.state(client);
    this.#acknowledgedBefore = acknowledged;
    this.#refusedBefore = refused;
    this.#expected = left;
  }

  get acknowledged(): number {
    return this.#native.state(this.#client).acknowledged - this.#acknowledgedBefore;
  }

  /** How many records have no answer yet. */
  get left(): number {
    const { acknowledged, refused } = this.#native.state(this.#client);
    return this.#expected - (acknowledged - this.#acknowledgedBefore) - (refused - this.#refusedBefore);
  }

  expect(count: number): void {
    this.#expected += count;
  }

  async done(): Promise<void> {
    // The flush before it has waited for all of them: what is left here is what the client has not counted yet.
    while (this.left > 0 && !this.#isClosed) await new Promise((resolve) => setTimeout(resolve, 1));
    const { refused, refusal } = this.#native.state(this.#client);
    if (refused > this.#refusedBefore) throw toKafkaError({ code: refusal, message: errorText(refusal) }, 'deliver');
    if (this.left > 0) throw closedError();
  }

  closed(): void {
    this.#isClosed = true;
  }
}

export function closedError(): KafkaError {
  return new KafkaError('_DESTROY', 'the producer is closed', { fatal: true });
}

// How a record that failed is treated: what its policy says next, and what the final one does. Counts attempts over several
// runs, because a batch that waits for a retry is settled up to that record first (E19).

import { backoffMs } from '../core/retry.js';
import type { LetterExtent } from '../core/task/state.js';
import { deadLetterTopic, type ErrorPolicies, type FinalPolicy, type RetryPolicy } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import type { FactOfTask, FailedPart } from './facts.js';
import type { Failed } from './handler-calls.js';
import { type Origin, type Outputs, offsetOf } from './outputs.js';

export interface TreatmentSetup {
  readonly namespace: string;
  readonly processor: string;
  readonly onError: ErrorPolicies;
  readonly clock: Clock;
}

export interface TreatmentScope {
  readonly outputs: Outputs;
  readonly attempts: Attempts;
  readonly treated: Treated;
  readonly tell: (fact: FactOfTask) => void;
}

/** How many times the record at `offset` has failed so far. */
export interface Attempts {
  offset: number;
  failed: number;
}

/** The records that their policies have dealt with, by what of them failed. */
export interface Treated {
  readonly deadLetters: Record<FailedPart, number>;
  readonly skipped: Record<FailedPart, number>;
}

export function noneTreated(): Treated {
  return { deadLetters: { decode: 0, handle: 0, encode: 0 }, skipped: { decode: 0, handle: 0, encode: 0 } };
}

/** What the broker did not take, and how its dead letter is to be written. */
export interface Refused extends Failed {
  readonly extent: LetterExtent;
}

export type Decision =
  | { readonly kind: 'final'; readonly policy: FinalPolicy }
  | { readonly kind: 'retry'; readonly waitMs: number };

export class Treatment {
  readonly #setup: TreatmentSetup;
  readonly #scope: TreatmentScope;

  constructor(setup: TreatmentSetup, scope: TreatmentScope) {
    this.#setup = setup;
    this.#scope = scope;
  }

  /** What the policies say about a failure; counts it as an attempt. */
  decide(failed: Failed, origin: Origin): Decision {
    const policy = this.#policyFor(failed);
    if (policy.policy !== 'retry') return { kind: 'final', policy };
    const offset = offsetOf(origin);
    const { attempts, tell } = this.#scope;
    if (attempts.offset !== offset) Object.assign(attempts, { offset, failed: 0 });
    attempts.failed++;
    if (attempts.failed > policy.times) return { kind: 'final', policy: policy.otherwise };
    const waitMs = backoffMs(attempts.failed, policy.backoffMs, policy.backoffMaxMs);
    tell({ fact: 'retry-scheduled', offset, attempt: attempts.failed, waitMs, error: failed.error });
    return { kind: 'retry', waitMs };
  }

  /** The same where there is nothing left to try. */
  lastWord(failed: Failed): Extract<Decision, { readonly kind: 'final' }> {
    const policy = this.#policyFor(failed);
    return { kind: 'final', policy: policy.policy === 'retry' ? policy.otherwise : policy };
  }

  /** E21: the broker does not take what this record makes; its outputs could be encoded, but not be written. */
  refused(refused: Refused, origin: Origin): void {
    this.finish(this.lastWord(refused).policy, refused, origin, refused.extent);
  }

  /** Ends the treatment of a record by its final policy. */
  finish(policy: FinalPolicy, { part, error }: Failed, origin: Origin, extent: LetterExtent = 'whole'): void {
    const { namespace, processor, clock } = this.#setup;
    const { outputs, treated, tell } = this.#scope;
    const { topic, partition } = origin.batch;
    const offset = offsetOf(origin);
    switch (policy.policy) {
      case 'fail':
        throw new ProcessorError(
          'PRC_RECORD_FAILED',
          { processor, topic, partition, offset, part, reason: error.message },
          { cause: error },
        );
      case 'skip':
        treated.skipped[part]++;
        tell({ fact: 'record-skipped', offset, failed: part, error });
        return;
      case 'dead-letter': {
        const to = policy.topic ?? deadLetterTopic(namespace, processor);
        outputs.deadLetter(origin, { topic: to, processor, failed: part, error, at: clock.wallMs(), extent });
        treated.deadLetters[part]++;
        tell({ fact: 'record-dead-lettered', offset, failed: part, error, to, extent });
      }
    }
  }

  #policyFor({ part }: Failed): FinalPolicy | RetryPolicy {
    return this.#setup.onError[part];
  }
}

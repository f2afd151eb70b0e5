// What becomes of a record that fails: policies as plain data, made by functions that read like a sentence.

import type { FinalPolicy, RetryPolicy } from '../core/topology.js';
import { invalidOption, refuseUnknownOptions, requireObject } from '../errors/options.js';
import type { Duration } from './duration.js';
import { requireName, waitMs, wholeNumber } from './options.js';

/**
 * Stops the processor at the record (PRC_RECORD_FAILED); nothing of it is committed, so it comes again at the next start.
 * The default for everything.
 */
export function fail(): FinalPolicy {
  return failPolicy;
}

/** Leaves the record out: its offset is committed, its outputs are not. Counted, never silent. */
export function skip(): FinalPolicy {
  return skipPolicy;
}

/**
 * Writes the record as it came, with headers that say where it is from and what failed, to a topic of its own, in the same
 * transaction. Default: `<processor>.dlq`. Its keys and values are bytes.
 *
 * ```ts
 * onError: { decode: deadLetter(), handle: deadLetter({ topic: 'orders-to-look-at' }) }
 * ```
 */
export function deadLetter(options: DeadLetterOptions = {}): FinalPolicy {
  requireObject('deadLetter()', options);
  refuseUnknownOptions('deadLetter()', options, ['topic']);
  const { topic } = options;
  return Object.freeze({ policy: 'dead-letter', ...(topic !== undefined && { topic: requireName('topic', topic) }) });
}

export interface DeadLetterOptions {
  /** Taken as it is: no namespace is put in front of it. */
  readonly topic?: string;
}

/**
 * Runs the handler again, up to `times` more times, from the record's bytes; what the failed attempt emitted is dropped.
 * The waits double from `backoff` up to `backoffMax`; what failed for good is left to `otherwise`. The partition waits
 * meanwhile, in order; no transaction does.
 *
 * ```ts
 * onError: { handle: retry({ times: 3, backoff: '200ms', otherwise: deadLetter() }) }
 * ```
 */
export function retry(options: RetryOptions): RetryPolicy {
  const owner = 'retry()';
  requireObject(owner, options);
  refuseUnknownOptions(owner, options, ['times', 'backoff', 'backoffMax', 'otherwise']);
  const backoffMs = waitMs(owner, 'backoff', options.backoff, 0);
  const backoffMaxMs =
    options.backoffMax === undefined
      ? Math.max(backoffMs, defaultBackoffMaxMs)
      : waitMs(owner, 'backoffMax', options.backoffMax, backoffMs);
  return Object.freeze({
    policy: 'retry',
    times: wholeNumber(owner, 'times', options.times),
    backoffMs,
    backoffMaxMs,
    otherwise: requireFinalPolicy(owner, 'otherwise', options.otherwise),
  });
}

export interface RetryOptions {
  /** How many more attempts after the first; at least 1. */
  readonly times: number;
  /** The wait before the first of them. */
  readonly backoff: Duration;
  /** No wait is longer. Default: 30 s, or `backoff` if that is longer. */
  readonly backoffMax?: Duration;
  /** What becomes of a record that no attempt got through. */
  readonly otherwise: FinalPolicy;
}

export function requireFinalPolicy(owner: string, option: string, given: unknown): FinalPolicy {
  const policy = policyOf(given);
  if (policy === 'fail' || policy === 'skip' || policy === 'dead-letter') return given as FinalPolicy;
  const only = policy === 'retry' ? ' Only a handler is run again: the same bytes decode and encode the same way.' : '';
  throw invalidOption(owner, option, given, `It is fail(), skip() or deadLetter().${only}`);
}

export function requirePolicy(owner: string, option: string, given: unknown): FinalPolicy | RetryPolicy {
  return policyOf(given) === 'retry' ? (given as RetryPolicy) : requireFinalPolicy(owner, option, given);
}

function policyOf(given: unknown): unknown {
  return typeof given === 'object' && given !== null && 'policy' in given ? given.policy : undefined;
}

const failPolicy: FinalPolicy = Object.freeze({ policy: 'fail' });
const skipPolicy: FinalPolicy = Object.freeze({ policy: 'skip' });
const defaultBackoffMaxMs = 30_000;

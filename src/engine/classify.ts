// The one door through which every failure of a call comes in: what it means for the task. Nothing else in the engine
// looks at error codes.

import type { TaskEffectKind } from '../core/task/effect.js';
import type { Failure } from '../core/task/event.js';
import { isProcessorError } from '../errors/processor-error.js';
import { finalWords, KafkaError } from '../ports/kafka.js';
import { DeadlinePassed, OwnershipLost } from './failures.js';

/** `refused` says that the broker does not take one of the batch's outputs, whoever sends it (E21). */
export function classify(error: unknown, during: TaskEffectKind): Failure | 'refused' {
  if (error instanceof OwnershipLost) return 'lost';
  // E8: the call may still come through.
  if (error instanceof DeadlinePassed) return endsTransaction.has(during) ? 'outcome-unknown' : 'retriable';
  if (error instanceof KafkaError) return ofKafka(error, during);
  // A policy or a check has decided that the processor ends (E18); anything else is a defect, and ends it too.
  return isProcessorError(error) && environment.has(error.code) ? 'retriable' : 'fatal';
}

function ofKafka(error: KafkaError, during: TaskEffectKind): Failure | 'refused' {
  // What is denied stays denied: a batch that is replayed until somebody notices looks like one that takes its time (E18).
  if (finalWords.has(error.code)) return 'fatal';
  if (opens.has(during)) return refusals.has(error.code) ? 'fatal' : 'retriable';
  if (settles.has(during) && refusedRecords.has(error.code)) return 'refused';
  // E7: no transaction is open while a producer is replaced, and what is committed says where to go on.
  if (during === 'renew-producer') return 'outcome-unknown';
  // E9: fatal or fenced does not prove that somebody took over; a new producer and the committed offset tell.
  if (error.fenced || error.fatal) return 'outcome-unknown';
  // E7: the transaction was ended behind its owner's back; what is committed says where to go on.
  if (error.code === 'INVALID_TXN_STATE') return 'outcome-unknown';
  // E8: brokers that have forgotten the id have also forgotten whether an earlier request, whose answer was lost, has committed.
  if (during === 'commit' && error.code === 'INVALID_PRODUCER_ID_MAPPING') return 'outcome-unknown';
  // What the client refuses to queue leaves the transaction whole.
  if (error.abortable || during === 'send') return 'abortable';
  if (error.retriable) return 'retriable';
  // `begin` carries no flags, and an error without any is not understood: both end the producer.
  return 'outcome-unknown';
}

/** Whether a smaller record would be taken. */
export function isAboutSize(error: Error): boolean {
  return error instanceof KafkaError && sizes.includes(error.code);
}

const opens: ReadonlySet<TaskEffectKind> = new Set(['hear-group', 'open-producer', 'init', 'fetch-offset', 'handle']);
const settles: ReadonlySet<TaskEffectKind> = new Set(['send', 'send-offsets', 'commit', 'deliver']);
const endsTransaction: ReadonlySet<TaskEffectKind> = new Set([
  'renew-producer',
  'begin',
  'send',
  'send-offsets',
  'commit',
  'abort',
  'deliver',
  'commit-offset',
]);

/** Other final words of the broker: another attempt gets the same answer until somebody changes a setting. */
const refusals: ReadonlySet<string> = new Set([
  'INVALID_TRANSACTION_TIMEOUT',
  'UNSUPPORTED_VERSION',
  '_AUTHENTICATION',
  '_INVALID_ARG',
  '_UNSUPPORTED_FEATURE',
]);

const sizes: readonly string[] = ['MSG_SIZE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_MSG_SIZE'];

/** What the broker says of a record that it will never take, and the client of one that it does not even send. */
const refusedRecords: ReadonlySet<string> = new Set([
  ...sizes,
  'INVALID_MSG',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'POLICY_VIOLATION',
]);

/** Our own errors that are the environment's: the same may work later. A refused login is not one of them. */
const environment: ReadonlySet<string> = new Set(['PRC_REGISTRY_UNREACHABLE']);

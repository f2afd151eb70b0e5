// Whether an error says that this machine has no Kafka to offer. Who can do without one goes on then, on the model; any other error
// is a defect, and a proof on the model must not hide it.

import { type ErrorCode, isProcessorError, type ProcessorError } from '../../errors/processor-error.js';

export function isNotToBeHad(error: unknown): error is ProcessorError {
  return isProcessorError(error) && codes.has(error.code);
}

/** What this machine lacks for a Kafka of its own or for a client of it, or what keeps that from starting. */
const codes: ReadonlySet<ErrorCode> = new Set([
  'PRC_CLIENT_MISSING',
  'PRC_EMBEDDED_JAVA_MISSING',
  'PRC_EMBEDDED_JAVA_TOO_OLD',
  'PRC_EMBEDDED_JARS_MISSING',
  'PRC_EMBEDDED_KAFKA_ENDED',
  'PRC_EMBEDDED_KAFKA_SLOW',
]);

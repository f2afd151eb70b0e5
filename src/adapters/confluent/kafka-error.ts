// From the client's errors to the port's: names instead of numbers, the three flags, and whether a newer producer is there.

import { finalWords, KafkaError, unanswered } from '../../ports/kafka.js';
import { errorText, type RawError, rawModule } from './raw-client.js';

/** `_` stands before errors that the client made itself, as in librdkafka's documentation. */
export function toKafkaError(raw: RawError, doing: string): KafkaError {
  const code = codeName(raw.code);
  return new KafkaError(
    code,
    `${doing}: ${raw.message} (${code})`,
    {
      retriable: raw.isRetriable === true,
      abortable: raw.isTxnRequiresAbort === true,
      fatal: raw.isFatal === true,
      fenced: fencedCodes.has(code),
    },
    { cause: raw },
  );
}

/**
 * An error that the client gives without its code, found by the words that it has for that code. Worth another attempt
 * unless it is a denial.
 */
export function fromText({ message }: Error, doing: string): KafkaError {
  const code = codeNames().find(([number]) => errorText(number) === message)?.[1] ?? '_FAIL';
  return new KafkaError(code, `${doing}: ${message} (${code})`, { retriable: !finalWords.has(code) });
}

/** The client puts no flags on answers to questions: one that had no answer may be asked again. */
export function askable(error: KafkaError): KafkaError {
  return unanswered.has(error.code) ? retriable(error) : error;
}

/** The same error, of which we know that another attempt may go better. */
export function retriable(error: KafkaError): KafkaError {
  return new KafkaError(error.code, error.message, { retriable: true }, { cause: error });
}

/** Runs one call of the client and turns its callback, or what it throws, into a promise of the port's kind. */
export function call<T>(
  doing: string,
  start: (callback: (error: RawError | null | undefined, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      start((error, value) => (error ? reject(toKafkaError(error, doing)) : resolve(value)));
    } catch (error) {
      reject(toKafkaError(error as RawError, doing));
    }
  });
}

const fencedCodes: ReadonlySet<string> = new Set(['_FENCED', 'INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);

function codeName(code: number): string {
  return codeNames().find(([number]) => number === code)?.[1] ?? `CODE_${code}`;
}

function codeNames(): readonly (readonly [code: number, name: string])[] {
  names ??= Object.entries(rawModule().CODES.ERRORS).map(([name, code]) => [code, name.replace(/^ERR_/, '')]);
  return names;
}

let names: readonly (readonly [code: number, name: string])[] | undefined;

// From the client's errors to the port's: names instead of numbers, the three flags, and whether a newer producer is there.

import { KafkaError } from '../../ports/kafka.js';
import { type RawError, rawModule } from './raw-client.js';

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

let names: ReadonlyMap<number, string> | undefined;

function codeName(code: number): string {
  names ??= new Map(
    Object.entries(rawModule().CODES.ERRORS).map(([name, number]) => [number, name.replace(/^ERR_/, '')]),
  );
  return names.get(code) ?? `CODE_${code}`;
}

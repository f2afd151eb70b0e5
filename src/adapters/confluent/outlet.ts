// How a producer hands records to the client. The slow way is the binding's own: a call for each record, everywhere.

import { readHeaders } from '../../ports/headers.js';
import type { KafkaError } from '../../ports/kafka.js';
import type { OutputBatch } from '../../ports/output-batch.js';
import { toKafkaError } from './kafka-error.js';
import type { RawError, RawProducer } from './raw-client.js';

export interface Outlet {
  /** Queues the records from index `from` on. `opaque` is what the slow way's reports carry. */
  queue(outputs: OutputBatch, from: number, opaque?: unknown): Queued;
  /** From now on nothing of it stands in the way of a disconnect. */
  close(): void;
}

export interface Queued {
  /** How far it came: to the end, or to a record for which there is no room yet, or which the client refuses. */
  readonly to: number;
  readonly refusal?: KafkaError;
}

export class SlowOutlet implements Outlet {
  readonly #raw: RawProducer;

  constructor(raw: RawProducer) {
    this.#raw = raw;
  }

  queue(outputs: OutputBatch, from: number, opaque?: unknown): Queued {
    const bytes = asBuffer(outputs.sink.bytes);
    for (let i = from; i < outputs.length; i++)
      try {
        this.#produce(outputs, i, bytes, opaque);
      } catch (error) {
        return queuedTo(i, error as RawError);
      }
    return { to: outputs.length };
  }

  close(): void {}

  #produce({ columns, topics }: OutputBatch, i: number, bytes: Buffer, opaque: unknown): void {
    const headersStart = columns.headersStart[i] as number;
    const headersEnd = columns.headersEnd[i] as number;
    const keyStart = columns.keyStart[i] as number;
    const valueStart = columns.valueStart[i] as number;
    this.#raw.produce(
      topics[columns.topic[i] as number] as string,
      columns.partition[i] as number,
      valueStart < 0 ? null : bytes.subarray(valueStart, columns.valueEnd[i]),
      keyStart < 0 ? null : bytes.subarray(keyStart, columns.keyEnd[i]),
      // The client takes 0 for now, which would be another time at each attempt: the second millisecond of 1970 is as near
      // to the first as can be had.
      (columns.timestamp[i] as number) || 1,
      opaque,
      headersEnd > headersStart ? headers(bytes, headersStart, headersEnd) : undefined,
    );
  }
}

/** What is said when the client does not take a record. */
export function queuedTo(index: number, error: RawError): Queued {
  return error.code === queueFull ? { to: index } : { to: index, refusal: toKafkaError(error, 'produce') };
}

const queueFull = -184;

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The client takes one single-name object for each header, so that names may repeat. */
function headers(bytes: Uint8Array, start: number, end: number): Readonly<Record<string, Buffer>>[] {
  return readHeaders(bytes, start, end).map(([name, value]) => ({ [name]: asBuffer(value ?? new Uint8Array(0)) }));
}

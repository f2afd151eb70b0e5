// What a broker said to a request that it got from the proxy alone, read as far as tests of transactions ask.

import type { Frame } from './frame.js';

export interface Answer {
  readonly request: Frame;
  /** What comes behind the length and the correlation id. */
  readonly body: Buffer;
}

/**
 * The error codes in the answer to one of the requests of a transaction, by Kafka's names ('NONE' where all went well): one
 * for the whole request, or one for each partition.
 */
export function errorsIn({ request: { api, apiVersion }, body }: Answer): string[] {
  const version = `${api} v${apiVersion}`;
  const read = new BodyReader(body);
  switch (version) {
    case 'EndTxn v1':
    case 'AddOffsetsToTxn v0':
      read.skip(throttleBytes);
      return [read.error()];
    case 'InitProducerId v4':
      read.tags();
      read.skip(throttleBytes);
      return [read.error()];
    case 'AddPartitionsToTxn v0':
      read.skip(throttleBytes);
      return read.array(() => (read.text(), read.array(() => (read.skip(partitionBytes), read.error())))).flat();
    case 'TxnOffsetCommit v3':
      read.tags();
      read.skip(throttleBytes);
      return read
        .compactArray(() => {
          read.compactText();
          const errors = read.compactArray(() => {
            read.skip(partitionBytes);
            const error = read.error();
            read.tags();
            return error;
          });
          read.tags();
          return errors;
        })
        .flat();
    case 'Produce v10':
      read.tags();
      return read
        .compactArray(() => {
          read.compactText();
          const errors = read.compactArray(() => readProducedPartition(read));
          read.tags();
          return errors;
        })
        .flat();
    default:
      throw new Error(`answers to ${version} are not read here`);
  }
}

function readProducedPartition(read: BodyReader): string {
  read.skip(partitionBytes);
  const error = read.error();
  read.skip(8 + 8 + 8); // base offset, append time, log start
  read.compactArray(() => {
    read.skip(4); // index in the batch
    read.compactText();
    read.tags();
  });
  read.compactText(); // message
  read.tags();
  return error;
}

/** Kafka's primitive types, in the order in which they come. */
class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  error(): string {
    const code = this.#body.readInt16BE(this.#at);
    this.#at += 2;
    return errorNames[code] ?? `error ${code}`;
  }

  text(): void {
    this.skip(2 + Math.max(0, this.#body.readInt16BE(this.#at)));
  }

  compactText(): void {
    const length = this.#varint();
    this.skip(Math.max(0, length - 1));
  }

  /** Tagged fields: none that matters. */
  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  array<T>(item: () => T): T[] {
    const length = this.#body.readInt32BE(this.#at);
    this.#at += 4;
    return Array.from({ length }, item);
  }

  compactArray<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.#varint() - 1) }, item);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#body.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}

const throttleBytes = 4;
const partitionBytes = 4;

const errorNames: Readonly<Record<number, string>> = {
  0: 'NONE',
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  16: 'NOT_COORDINATOR',
  22: 'ILLEGAL_GENERATION',
  25: 'UNKNOWN_MEMBER_ID',
  45: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  46: 'DUPLICATE_SEQUENCE_NUMBER',
  47: 'INVALID_PRODUCER_EPOCH',
  48: 'INVALID_TXN_STATE',
  49: 'INVALID_PRODUCER_ID_MAPPING',
  51: 'CONCURRENT_TRANSACTIONS',
  59: 'UNKNOWN_PRODUCER_ID',
  67: 'INVALID_TRANSACTION_TIMEOUT',
  90: 'PRODUCER_FENCED',
  120: 'TRANSACTION_ABORTABLE',
};

// A record as a handler sees it: a view on the columns of its batch. Decodes at first touch and remembers; bytes that are
// never touched are never checked. What a handler can reach is never what a replay starts from (E11): codecs copy.

import type { Serde } from '../core/codec.js';
import type { Headers } from '../core/record.js';
import { type HeaderEntry, readHeaders } from '../ports/headers.js';
import type { RecordBatch } from '../ports/record-batch.js';
import { DecodeFailure } from './failures.js';

/** A codec opened for one part of a topic, with what the engine settles itself. */
export interface OpenedCodec {
  readonly serde: Serde<unknown, unknown>;
  readonly nullable: boolean;
}

export class InputRecord {
  /** Set as soon as a part fails to decode, also if the handler catches the error. */
  decodeFailure: DecodeFailure | undefined;
  readonly #batch: RecordBatch;
  readonly #index: number;
  readonly #keyCodec: OpenedCodec;
  readonly #valueCodec: OpenedCodec;
  #key: unknown = untouched;
  #value: unknown = untouched;
  #headers: Headers | undefined;

  constructor(batch: RecordBatch, index: number, key: OpenedCodec, value: OpenedCodec) {
    this.#batch = batch;
    this.#index = index;
    this.#keyCodec = key;
    this.#valueCodec = value;
  }

  get topic(): string {
    return this.#batch.topic;
  }

  get partition(): number {
    return this.#batch.partition;
  }

  get offset(): number {
    return this.#batch.columns.offset[this.#index] as number;
  }

  get timestamp(): number {
    return this.#batch.columns.timestamp[this.#index] as number;
  }

  get key(): unknown {
    if (this.#key === untouched) {
      const { keyStart, keyEnd } = this.#batch.columns;
      this.#key = this.#decode('key', this.#keyCodec, keyStart[this.#index] as number, keyEnd[this.#index] as number);
    }
    return this.#key;
  }

  get value(): unknown {
    if (this.#value === untouched) {
      const { valueStart, valueEnd } = this.#batch.columns;
      this.#value = this.#decode(
        'value',
        this.#valueCodec,
        valueStart[this.#index] as number,
        valueEnd[this.#index] as number,
      );
    }
    return this.#value;
  }

  get headers(): Headers {
    const { headersStart, headersEnd } = this.#batch.columns;
    this.#headers ??= new RecordHeaders(
      readHeaders(this.#batch.bytes, headersStart[this.#index] as number, headersEnd[this.#index] as number),
    );
    return this.#headers;
  }

  #decode(part: 'key' | 'value', codec: OpenedCodec, start: number, end: number): unknown {
    if (start < 0) {
      if (codec.nullable) return null;
      throw this.#failed(part, `the ${part} is null; wrap its codec in nullable(…) to allow that`);
    }
    try {
      return codec.serde.decode(this.#batch.bytes, start, end);
    } catch (error) {
      throw this.#failed(part, error);
    }
  }

  #failed(part: 'key' | 'value', cause: unknown): DecodeFailure {
    this.decodeFailure ??= new DecodeFailure(part, cause);
    return this.decodeFailure;
  }
}

const untouched = Symbol('untouched');

class RecordHeaders implements Headers {
  readonly #entries: readonly HeaderEntry[];

  constructor(entries: readonly HeaderEntry[]) {
    this.#entries = entries;
  }

  get(name: string): Uint8Array | undefined {
    return this.#entries.findLast((entry) => entry[0] === name)?.[1] ?? undefined;
  }

  getAll(name: string): Uint8Array[] {
    return this.#entries.flatMap(([entry, value]) => (entry === name && value !== null ? [value] : []));
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    return value === undefined ? undefined : new TextDecoder().decode(value);
  }

  *[Symbol.iterator](): Iterator<readonly [string, Uint8Array]> {
    for (const [name, value] of this.#entries) yield [name, value ?? new Uint8Array(0)];
  }
}

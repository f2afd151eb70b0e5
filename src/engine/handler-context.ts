// What a handler is given beside its record, and the batch that a batch handler is given. One context per attempt: it is
// dead when the attempt is over, so that what a handler leaves behind can never write into another record's turn (E11).

import type { EmitOptions } from '../core/record.js';
import { ProcessorError } from '../errors/processor-error.js';
import { EncodeFailure } from './failures.js';
import type { InputRecord } from './input-record.js';
import type { Origin, Outputs } from './outputs.js';

/** What a handler is given beside its record. Dead as soon as its attempt is over: outputs after that throw. */
export class HandlerContext {
  encodeFailure: EncodeFailure | undefined;
  readonly out: Readonly<Record<string, (key: unknown, value: unknown, options?: EmitOptions) => void>>;
  readonly signal: AbortSignal;
  #open = true;

  constructor(sinkNames: readonly string[], outputs: Outputs, origin: Origin, signal: AbortSignal) {
    const out: Record<string, (key: unknown, value: unknown, options?: EmitOptions) => void> = {};
    for (let index = 0; index < sinkNames.length; index++) {
      const name = sinkNames[index] as string;
      out[name] = (key, value, options) => {
        if (!this.#open) throw new ProcessorError('PRC_OUTPUT_AFTER_END', { output: name });
        try {
          outputs.emit(index, key, value, options, origin);
        } catch (error) {
          if (error instanceof EncodeFailure) this.encodeFailure ??= error;
          throw error;
        }
      };
    }
    this.out = out;
    this.signal = signal;
  }

  close(): void {
    this.#open = false;
  }
}

/** What a batch handler iterates over. */
export class BatchView implements Iterable<InputRecord> {
  readonly #records: readonly InputRecord[];

  constructor(records: readonly InputRecord[]) {
    this.#records = records;
  }

  get length(): number {
    return this.#records.length;
  }

  at(index: number): InputRecord {
    const record = this.#records.at(index);
    if (record === undefined) throw new RangeError(`the batch has ${this.#records.length} records, none at ${index}`);
    return record;
  }

  [Symbol.iterator](): Iterator<InputRecord> {
    return this.#records[Symbol.iterator]();
  }
}

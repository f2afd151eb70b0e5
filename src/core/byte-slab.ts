// The growing buffer that outputs are encoded into: one allocation for many records. Pure.

import type { ByteSink } from './codec.js';

/** Columns hold ranges as 32-bit integers: no slab may be larger. */
const slabBytesMax = 2 ** 31 - 1;

/** Grows by doubling. What was written stays where it is, but `bytes` is another array after a `reserve` that had to grow. */
export class ByteSlab implements ByteSink {
  bytes: Uint8Array;
  position = 0;
  readonly #initialBytes: number;
  readonly #keepBytesMax: number;

  /** `reset` keeps the memory for the next use unless it has grown beyond `keepBytesMax`. */
  constructor(initialBytes: number, keepBytesMax: number = Number.POSITIVE_INFINITY) {
    this.bytes = new Uint8Array(initialBytes);
    this.#initialBytes = initialBytes;
    this.#keepBytesMax = keepBytesMax;
  }

  reserve(size: number): void {
    const needed = this.position + size;
    if (needed <= this.bytes.length) return;
    if (needed > slabBytesMax)
      throw new RangeError(`a batch cannot hold more than ${slabBytesMax} bytes, ${needed} are asked for`);
    const grown = new Uint8Array(Math.min(slabBytesMax, Math.max(needed, 2 * this.bytes.length)));
    grown.set(this.bytes.subarray(0, this.position));
    this.bytes = grown;
  }

  reset(): void {
    this.position = 0;
    if (this.bytes.length > this.#keepBytesMax) this.bytes = new Uint8Array(this.#initialBytes);
  }
}

// A growing buffer: what codecs append to. Pure.

import type { ByteSink } from './codec.js';

export class ByteSlab implements ByteSink {
  bytes: Uint8Array;
  position = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** Doubles the buffer until `size` more bytes fit; replaces `bytes` then. */
  reserve(size: number): void {
    const needed = this.position + size;
    if (needed <= this.bytes.length) return;
    let length = Math.max(64, this.bytes.length);
    while (length < needed) length *= 2;
    const wider = new Uint8Array(length);
    wider.set(this.bytes.subarray(0, this.position));
    this.bytes = wider;
  }

  reset(): void {
    this.position = 0;
  }
}

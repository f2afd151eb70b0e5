// Texts as UTF-8: the bytes of Java's StringSerializer.

import type { Codec, Serde } from '../core/codec.js';
import { unwritable } from './unwritable.js';
import { appendUtf8, readUtf8 } from './utf8.js';

/**
 * A text as UTF-8, byte-compatible with Java's `StringSerializer`. Bytes that are not UTF-8 are a decode failure; a text
 * with half of a surrogate pair, which no UTF-8 can hold, is an encode failure.
 *
 * ```ts
 * const orders = topic('orders', { key: text(), value: json(Order) });
 * ```
 */
export function text(): Codec<string> {
  return codec;
}

const serde: Serde<string> = {
  decode: (bytes, start, end) => readUtf8('text', bytes, start, end),
  encode(value, sink) {
    if (typeof value !== 'string') throw unwritable('text', value, 'it is not a string');
    // As many bytes as units: all of it is ASCII, and nothing is left to look for.
    if (appendUtf8(value, sink) !== value.length && loneSurrogate.test(value))
      throw unwritable('text', value, 'it holds half of a surrogate pair');
  },
};

const loneSurrogate = /\p{Surrogate}/u;

const codec: Codec<string> = Object.freeze({ format: 'text', nullable: false, open: () => serde });

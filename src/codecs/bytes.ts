// Bytes as they are.

import { isUint8Array } from 'node:util/types';
import type { Codec, Serde } from '../core/codec.js';
import { unwritable } from './unwritable.js';

/** Bytes as they are. Copied on the way in and out, so neither side can change what the other holds. */
export function bytes(): Codec<Uint8Array> {
  return codec;
}

const serde: Serde<Uint8Array> = {
  // Not `slice`, which for a Buffer is a view: a handler could change what a replay starts from (E11).
  decode: (source, start, end) => new Uint8Array(source.subarray(start, end)),
  encode(value, sink) {
    if (!isUint8Array(value)) throw unwritable('bytes', value, 'it is not a Uint8Array');
    sink.reserve(value.length);
    sink.bytes.set(value, sink.position);
    sink.position += value.length;
  },
};

const codec: Codec<Uint8Array> = Object.freeze({ format: 'bytes', nullable: false, open: () => serde });

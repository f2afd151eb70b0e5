// Opens a codec as the engine does and sends values through it, at places in larger buffers, as batches hold them.

import { ByteSlab } from '../../src/core/byte-slab.js';
import type { Codec, CodecScope, Serde } from '../../src/core/codec.js';

export const scope: CodecScope = { topic: 'orders', part: 'value', use: 'read', registerSchemas: false };

export async function opened<Read, Write>(codec: Codec<Read, Write>): Promise<Serde<Read, Write>> {
  return codec.open(scope);
}

/** Encodes behind bytes that are already there, into a slab that has to grow for it. */
export function encoded<Write>(serde: Serde<unknown, Write>, value: Write): Uint8Array {
  const slab = new ByteSlab(3);
  slab.bytes.set([1, 2, 3]);
  slab.position = 3;
  serde.encode(value, slab);
  return slab.bytes.slice(3, slab.position);
}

/** Decodes from the middle of a larger buffer that begins somewhere in its memory. */
export function decoded<Read>(serde: Serde<Read, never>, bytes: Uint8Array): Read {
  const memory = new Uint8Array(bytes.length + 12).fill(0xee);
  const batch = memory.subarray(5);
  batch.set(bytes, 3);
  return serde.decode(batch, 3, 3 + bytes.length);
}

export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.split(' ').filter(Boolean), (byte) => Number.parseInt(byte, 16));
}

/** The error that a call throws, to look at all of it. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

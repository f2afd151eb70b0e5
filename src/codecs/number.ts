// Numbers in a fixed count of bytes, big-endian: the bytes of Java's IntegerSerializer, LongSerializer and
// DoubleSerializer.

import type { ByteSink, Codec } from '../core/codec.js';
import { ProcessorError } from '../errors/processor-error.js';
import { unwritable } from './unwritable.js';

/** A whole number from -2^31 to 2^31 - 1 in four bytes, as Java's `IntegerSerializer` writes it. */
export function int32(): Codec<number> {
  return int32Codec;
}

/** A bigint from -2^63 to 2^63 - 1 in eight bytes, as Java's `LongSerializer` writes it. */
export function int64(): Codec<bigint> {
  return int64Codec;
}

/** Any number, NaN and the infinities included, in eight bytes, as Java's `DoubleSerializer` writes it. */
export function float64(): Codec<number> {
  return float64Codec;
}

const int32Codec: Codec<number> = codecOf({
  format: 'int32',
  size: 4,
  read: (bytes, at) =>
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number),
  misfit(value) {
    if (!Number.isInteger(value)) return 'it is not a whole number';
    return (value | 0) === value ? undefined : 'it does not fit into 32 bits';
  },
  write(value, bytes, at) {
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  },
});

// Eight bytes on their way in or out: a DataView of its own over each batch would cost more than this copy.
const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

const int64Codec: Codec<bigint> = codecOf({
  format: 'int64',
  size: 8,
  read(bytes, at) {
    copyIn(bytes, at);
    return scratchView.getBigInt64(0);
  },
  misfit(value) {
    if (typeof value !== 'bigint') return 'it is not a bigint';
    return BigInt.asIntN(64, value) === value ? undefined : 'it does not fit into 64 bits';
  },
  write(value, bytes, at) {
    scratchView.setBigInt64(0, value);
    bytes.set(scratch, at);
  },
});

const float64Codec: Codec<number> = codecOf({
  format: 'float64',
  size: 8,
  read(bytes, at) {
    copyIn(bytes, at);
    return scratchView.getFloat64(0);
  },
  misfit: (value) => (typeof value === 'number' ? undefined : 'it is not a number'),
  write(value, bytes, at) {
    // There are many NaNs; Java writes one.
    if (Number.isNaN(value)) scratchView.setBigInt64(0, 0x7ff8000000000000n);
    else scratchView.setFloat64(0, value);
    bytes.set(scratch, at);
  },
});

function copyIn(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 8; i++) scratch[i] = bytes[at + i] as number;
}

interface FixedSize<T> {
  readonly format: string;
  /** In bytes. */
  readonly size: number;
  readonly read: (bytes: Uint8Array, at: number) => T;
  /** Why the value cannot be written; undefined if it can. */
  readonly misfit: (value: T) => string | undefined;
  readonly write: (value: T, bytes: Uint8Array, at: number) => void;
}

function codecOf<T>({ format, size, read, misfit, write }: FixedSize<T>): Codec<T> {
  const serde = {
    decode(bytes: Uint8Array, start: number, end: number): T {
      if (end - start === size) return read(bytes, start);
      throw new ProcessorError('PRC_BYTES_UNREADABLE', {
        format,
        problem: `they are ${end - start} bytes, not ${size}`,
      });
    },
    encode(value: T, sink: ByteSink): void {
      const problem = misfit(value);
      if (problem !== undefined) throw unwritable(format, value, problem);
      sink.reserve(size);
      write(value, sink.bytes, sink.position);
      sink.position += size;
    },
  };
  return Object.freeze({ format, nullable: false, open: () => serde });
}

// The headers of one record as bytes: how columns carry them (record-batch.ts, output-batch.ts). A block is a sequence of
// entries, each int32 name length, name (UTF-8), int32 value length (-1 for null), value; an empty block is no headers.
// Kafka allows a name to repeat, and so does this.

import type { ByteSink } from '../core/codec.js';

/** A header's value is bytes; null is kept apart from empty where the client can tell them apart. */
export type HeaderEntry = readonly [name: string, value: Uint8Array | null];

export function appendHeader(sink: ByteSink, name: string, value: Uint8Array | string | null): void {
  appendSized(sink, encoder.encode(name));
  if (value === null) appendInt32(sink, -1);
  else appendSized(sink, typeof value === 'string' ? encoder.encode(value) : value);
}

/** Reads the entries of the block `bytes[start, end)`, in their order. Values are copies. */
export function readHeaders(bytes: Uint8Array, start: number, end: number): HeaderEntry[] {
  const entries: HeaderEntry[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  while (at < end) {
    const nameEnd = at + 4 + view.getInt32(at);
    const name = decoder.decode(bytes.subarray(at + 4, nameEnd));
    const length = view.getInt32(nameEnd);
    at = nameEnd + 4;
    // Not `slice`, which for a Buffer is a view: a handler could change what a replay starts from (E11).
    entries.push([name, length < 0 ? null : new Uint8Array(bytes.subarray(at, at + length))]);
    at += Math.max(length, 0);
  }
  return entries;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function appendSized(sink: ByteSink, bytes: Uint8Array): void {
  appendInt32(sink, bytes.length);
  sink.reserve(bytes.length);
  sink.bytes.set(bytes, sink.position);
  sink.position += bytes.length;
}

function appendInt32(sink: ByteSink, value: number): void {
  sink.reserve(4);
  const { bytes, position } = sink;
  bytes[position] = value >>> 24;
  bytes[position + 1] = value >>> 16;
  bytes[position + 2] = value >>> 8;
  bytes[position + 3] = value;
  sink.position = position + 4;
}

// Text between strings and byte ranges, for the codecs whose bytes are text. On every record's way, so nothing here makes
// an object per call.

import { isUtf8 } from 'node:buffer';
import type { ByteSink } from '../core/codec.js';
import { ProcessorError } from '../errors/processor-error.js';

/** Reads `bytes[start, end)`. Throws where they are not UTF-8 instead of putting U+FFFD in their place. */
export function readUtf8(format: string, bytes: Uint8Array, start: number, end: number): string {
  const text = inputView(bytes).toString('utf8', start, end);
  // Wrong bytes come out as U+FFFD. So does a U+FFFD that was written, hence the second look, which is rare.
  if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(start, end)))
    throw new ProcessorError('PRC_BYTES_UNREADABLE', { format, problem: 'they are not valid UTF-8' });
  return text;
}

/** Appends the text and gives back how many bytes that took. A lone surrogate becomes U+FFFD. */
export function appendUtf8(text: string, sink: ByteSink): number {
  // No character takes more than three bytes per unit; counting them costs more than it saves while texts are short.
  sink.reserve(text.length <= 1024 ? 3 * text.length : Buffer.byteLength(text));
  const written = outputView(sink.bytes).write(text, sink.position);
  sink.position += written;
  return written;
}

const inputView = viewer();
const outputView = viewer();

/** The methods of a Buffer on bytes that are none. Remembers the last view: the same bytes come many times in a row. */
function viewer(): (bytes: Uint8Array) => Buffer {
  let last: Uint8Array | undefined;
  let view: Buffer | undefined;
  return (bytes) => {
    if (bytes === last && view !== undefined) return view;
    last = bytes;
    view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return view;
  };
}

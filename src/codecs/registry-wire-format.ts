// How a value and the schema that it was written with travel together: a zero byte, the schema's id in the registry as
// four bytes (big-endian), then the value. And how a topic's schemas are called in the registry.

import { ProcessorError } from '../errors/processor-error.js';

/** The bytes in front of the value. */
export const wireHeaderBytes = 5;

/** `<topic>-key` or `<topic>-value`: the subject under which the schemas of one part of a topic stand. */
export function subjectOf(topic: string, part: 'key' | 'value'): string {
  return `${topic}-${part}`;
}

/** The schema id that `bytes[start, end)` begins with; undefined if they do not begin with one. */
export function schemaIdAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start < wireHeaderBytes || bytes[start] !== 0) return undefined;
  // Ids are positive int32 in every registry; the cast makes others negative instead of wrong.
  const id =
    ((bytes[start + 1] as number) << 24) |
    ((bytes[start + 2] as number) << 16) |
    ((bytes[start + 3] as number) << 8) |
    (bytes[start + 4] as number);
  return id >= 0 ? id : undefined;
}

/** Writes the five bytes in front of the value at `bytes[start]`. */
export function writeHeader(bytes: Uint8Array, start: number, schemaId: number): void {
  bytes[start] = 0;
  bytes[start + 1] = schemaId >>> 24;
  bytes[start + 2] = schemaId >>> 16;
  bytes[start + 3] = schemaId >>> 8;
  bytes[start + 4] = schemaId;
}

/** Why `schemaIdAt` found no id there. */
export function notFramed(bytes: Uint8Array, start: number, end: number): ProcessorError {
  const length = end - start;
  let problem: string;
  if (length < wireHeaderBytes) problem = `they are ${length} bytes, fewer than the ${wireHeaderBytes} of the header`;
  else if (bytes[start] !== 0) problem = `the first byte is ${bytes[start]}, not 0`;
  else problem = 'the schema id is negative';
  return new ProcessorError('PRC_AVRO_NOT_FRAMED', { problem });
}

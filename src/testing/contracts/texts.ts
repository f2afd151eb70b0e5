// Records as the cases write and read them: as texts.

import { appendHeader } from '../../ports/headers.js';
import { OutputBatch } from '../../ports/output-batch.js';
import type { RecordBatch } from '../../ports/record-batch.js';

export interface SentText {
  readonly value: string | null;
  readonly key?: string;
  readonly partition?: number;
  readonly timestamp?: number;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** Records of one topic as the port takes them. Default: partition 0, no key, a fixed time. */
export function outputs(topic: string, records: readonly (SentText | string)[]): OutputBatch {
  const batch = new OutputBatch([topic]);
  const { sink } = batch;
  const put = (text: string | null | undefined): number => {
    if (text === null || text === undefined) return -1;
    const bytes = new TextEncoder().encode(text);
    const start = sink.position;
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, start);
    sink.position += bytes.length;
    return start;
  };
  for (const record of records) {
    const {
      value,
      key,
      partition = 0,
      timestamp = 1_767_225_600_000,
      headers = [],
    } = typeof record === 'string' ? { value: record } : record;
    const keyStart = put(key);
    const keyEnd = sink.position;
    const valueStart = put(value);
    const valueEnd = sink.position;
    for (const [name, text] of headers) appendHeader(sink, name, text);
    const headersEnd = sink.position;
    batch.append({
      topic: 0,
      partition,
      timestamp,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
      headersStart: valueEnd,
      headersEnd,
    });
  }
  return batch;
}

/** Each record's value, as text. */
export function valuesOf(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, i) =>
      textOf(batch, batch.columns.valueStart[i] as number, batch.columns.valueEnd[i] as number),
    ),
  );
}

export function textOf({ bytes }: RecordBatch, start: number, end: number): string | null {
  return start < 0 ? null : new TextDecoder().decode(bytes.subarray(start, end));
}

/** So many letters that no compression makes fewer. */
export function noise(length: number): string {
  let state = 0x2545f491;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = 48 + (state & 63);
  }
  return new TextDecoder().decode(bytes);
}

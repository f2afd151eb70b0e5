// The columns that cross the port: what goes in comes out, a null is not an empty, and what is taken back is gone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteSlab } from '../../src/core/byte-slab.js';
import { appendHeader, type HeaderEntry, readHeaders } from '../../src/ports/headers.js';
import { OutputBatch } from '../../src/ports/output-batch.js';
import { recordColumns } from '../../src/ports/record-batch.js';

describe('headers', () => {
  const entry: fc.Arbitrary<HeaderEntry> = fc.tuple(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.option<Uint8Array>(fc.uint8Array({ maxLength: 50 })),
  );

  test('come out as they went in: order, repeated names, null and empty values', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 10 }), fc.nat(100), (entries, before) => {
        const sink = new ByteSlab(1);
        sink.reserve(before);
        sink.position = before;
        for (const [name, value] of entries) appendHeader(sink, name, value);
        expect(readHeaders(sink.bytes, before, sink.position)).toEqual(entries);
      }),
    );
  });

  test('are copies: whoever keeps one does not see the buffer change', () => {
    const sink = new ByteSlab(64);
    appendHeader(sink, 'trace', 'abc');
    const [[, value] = []] = readHeaders(sink.bytes, 0, sink.position);
    sink.bytes.fill(0);
    expect(new TextDecoder().decode(value ?? undefined)).toBe('abc');
  });
});

describe('an output batch', () => {
  const record = (topic: number, timestamp: number) => ({
    topic,
    partition: timestamp % 4,
    timestamp,
    keyStart: -1,
    keyEnd: -1,
    valueStart: 0,
    valueEnd: 1,
    headersStart: 1,
    headersEnd: 1,
  });

  test('grows far beyond its first columns and keeps every record', () => {
    const batch = new OutputBatch(['a', 'b']);
    for (let i = 0; i < 10_000; i++) batch.append(record(i % 2, i));
    expect(batch.length).toBe(10_000);
    for (const i of [0, 63, 64, 9999]) {
      expect(batch.columns.timestamp[i]).toBe(i);
      expect(batch.columns.topic[i]).toBe(i % 2);
      expect(batch.columns.keyStart[i]).toBe(-1);
    }
  });

  test('E19: a failed attempt takes back its own records and bytes, and no others', () => {
    const batch = new OutputBatch(['a']);
    batch.append(record(0, 1));
    batch.sink.position = 10;
    const mark = batch.mark();
    batch.append(record(0, 2));
    batch.sink.position = 30;
    batch.rewind(mark);
    expect(batch.length).toBe(1);
    expect(batch.sink.position).toBe(10);
    batch.append(record(0, 3));
    expect(Array.from(batch.columns.timestamp.subarray(0, batch.length))).toEqual([1, 3]);
  });

  test('E22: gives back the memory of a batch that was out of the ordinary', () => {
    const batch = new OutputBatch(['a']);
    batch.sink.reserve(64 * 1024 * 1024);
    for (let i = 0; i < 100_000; i++) batch.append(record(0, i));
    batch.clear();
    expect(batch.length).toBe(0);
    expect(batch.sink.bytes.length).toBeLessThanOrEqual(16 * 1024 * 1024);
    expect(batch.columns.topic.length).toBeLessThanOrEqual(64 * 1024);
  });
});

test('the columns of records do not overlap', () => {
  const columns = recordColumns(7);
  const all = Object.values(columns);
  all.forEach((column, i) => column.fill(i + 1));
  all.forEach((column, i) => expect(Array.from(column)).toEqual(Array.from({ length: 7 }, () => i + 1)));
});

import { describe, expect, test } from 'vitest';
import { notFramed, schemaIdAt, subjectOf, writeHeader } from '../../src/codecs/registry-wire-format.js';
import { hex } from './avro-harness.js';

describe('the wire format of a schema registry', () => {
  test.each([
    ['00 00000001', 1],
    ['00 00000100 0a', 256],
    ['00 7fffffff', 2 ** 31 - 1],
  ])('%s begins with the id %i', (bytes, id) => {
    expect(schemaIdAt(hex(bytes), 0, hex(bytes).length)).toBe(id);
  });

  test('a header that was written is found again, at any place', () => {
    const bytes = new Uint8Array(12).fill(0xff);
    writeHeader(bytes, 3, 0x01020304);
    expect(bytes).toEqual(hex('ffffff 00 01020304 ffffffff'));
    expect(schemaIdAt(bytes, 3, 12)).toBe(0x01020304);
  });

  test.each([
    ['01 00000001', 'the first byte is 1, not 0'],
    ['00 0000', 'they are 3 bytes, fewer than the 5 of the header'],
    ['', 'they are 0 bytes, fewer than the 5 of the header'],
    ['00 80000000', 'the schema id is negative'],
  ])('%s has no id: %s', (bytes, problem) => {
    expect(schemaIdAt(hex(bytes), 0, hex(bytes).length)).toBeUndefined();
    expect(notFramed(hex(bytes), 0, hex(bytes).length).message).toContain(problem);
  });

  test('a header does not reach into the next record', () => {
    expect(schemaIdAt(hex('00 00000001'), 0, 4)).toBeUndefined();
  });

  test('the subjects of a topic', () => {
    expect(subjectOf('orders', 'key')).toBe('orders-key');
    expect(subjectOf('orders', 'value')).toBe('orders-value');
  });
});

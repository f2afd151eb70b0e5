// Values that JSON has no form for, there and back.

import { describe, expect, test } from 'vitest';
import { fromJson, taggedBytes, toJson } from '../../src/cli/json-values.js';

describe('values', () => {
  test.for([
    [new Uint8Array([0, 1, 255]), { $base64: 'AAH/' }],
    [new Uint8Array(0), { $base64: '' }],
    [new Date('2026-11-21T09:00:00.500Z'), { $date: '2026-11-21T09:00:00.500Z' }],
    [-(2n ** 63n), { $bigint: '-9223372036854775808' }],
    [Number.NaN, { $number: 'NaN' }],
    [Number.NEGATIVE_INFINITY, { $number: '-Infinity' }],
    ['text', 'text'],
    [null, null],
    [0, 0],
    [
      { a: [{ b: 1n }, null], c: 'x' },
      { a: [{ b: { $bigint: '1' } }, null], c: 'x' },
    ],
  ] as const)('%o survives JSON', ([value, json]) => {
    expect(toJson(value)).toEqual(json);
    expect(fromJson(JSON.parse(JSON.stringify(toJson(value))))).toEqual(value);
  });

  test.for([
    { $base64: 1 },
    { $base64: '###' },
    { $base64: 'AAA' },
    { $date: 'soon' },
    { $bigint: '1.5' },
    { $bigint: 1 },
    { $number: '1' },
  ])('%o is refused', (json) => {
    expect(() => fromJson(json)).toThrow(/^\$\w+ takes /);
  });

  test('an object with more than its tag is an object', () => {
    expect(fromJson({ $date: 'x', more: 1 })).toEqual({ $date: 'x', more: 1 });
  });
});

test('only an object with nothing but $base64 is tagged bytes', () => {
  expect(taggedBytes({ $base64: 'AA==' })).toEqual(new Uint8Array([0]));
  for (const other of [{ $base64: 'AA==', a: 1 }, {}, [], 'AA==', null, 1]) expect(taggedBytes(other)).toBeUndefined();
});

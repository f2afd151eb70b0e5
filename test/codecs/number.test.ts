import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { float64, int32, int64 } from '../../src/codecs/number.js';
import { decoded, encoded, hex, opened, thrownBy } from './serde.js';

const integers = await opened(int32());
const longs = await opened(int64());
const doubles = await opened(float64());

// What IntegerSerializer, LongSerializer and DoubleSerializer write is fixed by Java: two's complement and IEEE 754, big-endian.
describe("the bytes of Java's serializers", () => {
  test.each([
    [0, '00 00 00 00'],
    [1, '00 00 00 01'],
    [-1, 'ff ff ff ff'],
    [256, '00 00 01 00'],
    [1997, '00 00 07 cd'],
    [2_147_483_647, '7f ff ff ff'],
    [-2_147_483_648, '80 00 00 00'],
  ])('int32 %d', (value, bytes) => {
    expect(encoded(integers, value)).toEqual(hex(bytes));
    expect(decoded(integers, hex(bytes))).toBe(value);
  });

  test.each([
    [0n, '00 00 00 00 00 00 00 00'],
    [1n, '00 00 00 00 00 00 00 01'],
    [-1n, 'ff ff ff ff ff ff ff ff'],
    [-2n, 'ff ff ff ff ff ff ff fe'],
    [250_031_563n, '00 00 00 00 0e e7 2d cb'],
    [4_294_967_296n, '00 00 00 01 00 00 00 00'],
    [9_223_372_036_854_775_807n, '7f ff ff ff ff ff ff ff'],
    [-9_223_372_036_854_775_808n, '80 00 00 00 00 00 00 00'],
  ])('int64 %d', (value, bytes) => {
    expect(encoded(longs, value)).toEqual(hex(bytes));
    expect(decoded(longs, hex(bytes))).toBe(value);
  });

  test.each([
    [0, '00 00 00 00 00 00 00 00'],
    [-0, '80 00 00 00 00 00 00 00'],
    [1, '3f f0 00 00 00 00 00 00'],
    [-2, 'c0 00 00 00 00 00 00 00'],
    [0.1, '3f b9 99 99 99 99 99 9a'],
    [Number.MAX_VALUE, '7f ef ff ff ff ff ff ff'],
    [Number.MIN_VALUE, '00 00 00 00 00 00 00 01'],
    [Number.POSITIVE_INFINITY, '7f f0 00 00 00 00 00 00'],
    [Number.NEGATIVE_INFINITY, 'ff f0 00 00 00 00 00 00'],
    [Number.NaN, '7f f8 00 00 00 00 00 00'],
  ])('float64 %d', (value, bytes) => {
    expect(encoded(doubles, value)).toEqual(hex(bytes));
    expect(Object.is(decoded(doubles, hex(bytes)), value)).toBe(true);
  });

  test('of the many NaNs the one of Java is written', () => {
    const odd = decoded(doubles, hex('ff f8 00 00 00 00 00 2a'));
    expect(odd).toBeNaN();
    expect(encoded(doubles, odd)).toEqual(hex('7f f8 00 00 00 00 00 00'));
  });
});

describe('every number comes back as it was', () => {
  test('int32', () => {
    fc.assert(fc.property(fc.integer(), (value) => decoded(integers, encoded(integers, value)) === value));
  });

  test('int64', () => {
    const longValues = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(fc.property(longValues, (value) => decoded(longs, encoded(longs, value)) === value));
  });

  test('float64', () => {
    const isSame = (value: number) => Object.is(decoded(doubles, encoded(doubles, value)), value);
    fc.assert(fc.property(fc.double(), isSame));
  });

  test('and sorts by its bytes as it sorts by its value, from zero on', () => {
    const positive = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        expect(Buffer.compare(encoded(longs, a), encoded(longs, b))).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe('what does not fit is refused', () => {
  test.each([
    ['int32', integers, '00 00 01', 'these bytes are not int32: they are 3 bytes, not 4'],
    ['int32', integers, '00 00 00 00 01', 'these bytes are not int32: they are 5 bytes, not 4'],
    ['int64', longs, '00 00 00 01', 'these bytes are not int64: they are 4 bytes, not 8'],
    ['float64', doubles, '', 'these bytes are not float64: they are 0 bytes, not 8'],
  ] as const)('as %s', (_, serde, bytes, message) => {
    expect(thrownBy(() => decoded(serde as typeof integers, hex(bytes)))).toMatchObject({
      code: 'PRC_BYTES_UNREADABLE',
      message,
    });
  });

  test.each([
    [2_147_483_648, 'it does not fit into 32 bits'],
    [-2_147_483_649, 'it does not fit into 32 bits'],
    [0.5, 'it is not a whole number'],
    [Number.NaN, 'it is not a whole number'],
    ['7', 'it is not a whole number'],
    [7n, 'it is not a whole number'],
    [undefined, 'it is not a whole number'],
  ])('%s as int32', (value, problem) => {
    expect(thrownBy(() => encoded(integers, value as number))).toMatchObject({
      code: 'PRC_VALUE_UNWRITABLE',
      details: { problem },
    });
  });

  test.each([
    [2n ** 63n, 'it does not fit into 64 bits'],
    [-(2n ** 63n) - 1n, 'it does not fit into 64 bits'],
    [7, 'it is not a bigint'],
  ])('%s as int64', (value, problem) => {
    expect(thrownBy(() => encoded(longs, value as bigint))).toMatchObject({
      code: 'PRC_VALUE_UNWRITABLE',
      details: { problem },
    });
  });

  test('a text as float64', () => {
    expect(thrownBy(() => encoded(doubles, '1' as unknown as number))).toMatchObject({
      message: "the float64 codec cannot write '1': it is not a number",
    });
  });
});

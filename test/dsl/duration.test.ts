import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Duration, durationMs } from '../../src/dsl/duration.js';
import { thrownBy } from './topics.js';

describe('a duration', () => {
  test.each([
    [0, 0],
    [250, 250],
    ['0ms', 0],
    ['200ms', 200],
    ['5s', 5000],
    ['1.5s', 1500],
    ['1.001s', 1001],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0.5d', 43_200_000],
  ] as const)('of %j is %d ms', (duration, ms) => {
    expect(durationMs(duration)).toBe(ms);
  });

  test.each([
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '-1s',
    '5',
    '5 s',
    '5S',
    's',
    '',
    '0.5ms',
    '1e3ms',
    '0x10s',
    '1m30s',
    '9007199254740993ms',
    '1.s',
    ' 5s',
  ])('cannot be %j', (given) => {
    expect(thrownBy(() => durationMs(given as Duration))).toMatchObject({
      code: 'PRC_DURATION_INVALID',
      message: `'${given}' is not a duration`,
      hint: "Use a number of milliseconds or a text such as '200ms', '5s', '1m', '2h' or '1d'.",
    });
  });

  test('of whole units is that many times the unit', () => {
    const units = fc.constantFrom(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000], ['d', 86_400_000] as const);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), units, (amount, [unit, ms]) => {
        expect(durationMs(`${amount}${unit}` as Duration)).toBe(amount * ms);
      }),
    );
  });
});

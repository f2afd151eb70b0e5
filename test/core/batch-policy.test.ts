import { describe, expect, test } from 'vitest';
import { isFull, lingerMs } from '../../src/core/batch-policy.js';
import { limits } from '../../src/core/defaults.js';
import { backoffMs } from '../../src/core/retry.js';

describe('a batch', () => {
  const small = { records: 1, bytes: 100, ageMs: 1 };

  test('takes more while it is below every bound', () => {
    expect(isFull(small, limits)).toBe(false);
  });

  test('is full at any one of its bounds', () => {
    expect(isFull({ ...small, records: limits.batchRecordsMax }, limits)).toBe(true);
    expect(isFull({ ...small, bytes: limits.batchBytesMax }, limits)).toBe(true);
    expect(isFull({ ...small, ageMs: limits.batchAgeMsMax }, limits)).toBe(true);
  });
});

describe('a task that has just committed', () => {
  const waiting = { records: 1, bytes: 100, ageMs: 0 };

  test('lets the markers of its transaction be written before it takes the next batch', () => {
    expect(lingerMs(waiting, 0, limits)).toBe(limits.lingerMs);
    expect(lingerMs(waiting, limits.lingerMs - 2, limits)).toBe(2);
  });

  test('does not linger when they are, when it is new, or when a full batch waits', () => {
    expect(lingerMs(waiting, limits.lingerMs + 1, limits)).toBe(0);
    expect(lingerMs(waiting, Number.POSITIVE_INFINITY, limits)).toBe(0);
    expect(lingerMs({ ...waiting, records: limits.batchRecordsMax }, 0, limits)).toBe(0);
    expect(lingerMs({ ...waiting, bytes: limits.batchBytesMax }, 0, limits)).toBe(0);
  });
});

describe('the wait before another attempt', () => {
  test('doubles from its base and stays below its limit', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => backoffMs(attempt, 100, 1000))).toEqual([100, 200, 400, 800, 1000]);
  });

  test('stays finite however often it failed', () => {
    expect(backoffMs(10_000, 100, 5000)).toBe(5000);
  });
});

import { expect, test } from 'vitest';
import { seededRandom } from '../../src/memory/seeded-random.js';

test('a seed makes the same choices again, another one others', () => {
  const choices = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 5 }, () => random.next());
  };
  expect(choices(7)).toEqual(choices(7));
  expect(choices(7)).not.toEqual(choices(8));
});

test('choices stay within their bounds and reach all of them', () => {
  const random = seededRandom(1);
  const numbers = Array.from({ length: 1000 }, () => random.between(10, 20));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...numbers)).toBeLessThan(20);
  expect(new Set(Array.from({ length: 100 }, () => random.pick(['A', 'B', 'C'])))).toEqual(new Set(['A', 'B', 'C']));
});

test('a shuffle loses nothing and repeats nothing', () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  const shuffled = seededRandom(3).shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect(shuffled.toSorted((a, b) => a - b)).toEqual(items);
});

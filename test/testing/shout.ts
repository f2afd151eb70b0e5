// The small processor of the driver's tests, and the proof that each of its records is there once.

import { expect } from 'vitest';
import { processor, text, topic } from '../../src/index.js';
import type { TestDriver } from '../../src/testing/index.js';

export const words = topic('words', { key: text(), value: text() });
export const shouted = topic('shouted', { key: text(), value: text() });
export const shout = processor({
  name: 'shout',
  input: words,
  outputs: { shouted },
  handle(word, { out }) {
    out.shouted(word.key, word.value.toUpperCase());
  },
});

/** Their keys are numbers, from `from` on. */
export function sendWords(driver: TestDriver, count: number, from = 0): void {
  for (let i = from; i < from + count; i++) driver.topic(words).send(String(i), `word ${i}`);
}

/** Every record from number 0 on once, and nobody has left anything open. */
export function expectEachOnce(driver: TestDriver, count: number): void {
  const keys = driver
    .topic(shouted)
    .records()
    .map(({ key }) => Number(key));
  expect(keys.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  driver.assertNoOpenTransactions();
}

import { expect, test } from 'vitest';
import { wordsIn } from '../processors/count-words.js';

test.each([
  { line: 'to be or not to be', words: 6 },
  { line: '  two\twords ', words: 2 },
  { line: '', words: 0 },
])("'$line' has $words words", ({ line, words }) => {
  expect(wordsIn(line)).toBe(words);
});

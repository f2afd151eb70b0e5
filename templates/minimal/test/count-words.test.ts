import { testDriver } from 'processor/testing';
import { expect, test } from 'vitest';
import countWords, { wordsIn } from '../processors/count-words.js';

test.each([
  { line: 'to be or not to be', words: 6 },
  { line: '  two\twords ', words: 2 },
  { line: '', words: 0 },
])("'$line' has $words words", ({ line, words }) => {
  expect(wordsIn(line)).toBe(words);
});

test('every line has one count, under its key', async () => {
  // The real engine on a model of Kafka: no broker is needed.
  const driver = await testDriver(countWords);
  driver.topic(countWords.input).send('hamlet', 'to be or not to be');
  await driver.settle();
  expect(driver.topic(countWords.outputs.wordCounts).records()).toMatchObject([{ key: 'hamlet', value: 6 }]);
});

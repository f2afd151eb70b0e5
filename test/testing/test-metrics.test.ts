// The numbers of `processor run --http`, asked for in a test.

import { expect, test } from 'vitest';
import { deadLetter, processor, skip, text, topic } from '../../src/index.js';
import { testDriver } from '../../src/testing/index.js';

const words = topic('words', { key: text(), value: text(), partitions: 4 });
const shouted = topic('shouted', { key: text(), value: text() });
const shout = processor({
  name: 'shout',
  input: words,
  outputs: { shouted },
  onError: { decode: deadLetter(), handle: skip() },
  handle(word, { out }) {
    if (word.value === '') throw new Error('nothing to shout');
    out.shouted(word.key, word.value.toUpperCase());
  },
});

test('counts what is done, of all instances together, by the labels that are asked for', async () => {
  const driver = await testDriver(shout, { instances: ['a', 'b'] });
  for (let i = 0; i < 10; i++) driver.topic(words).send(String(i), i < 2 ? '' : 'x');
  driver.topic(words).sendBytes(Buffer.from('a'), Buffer.from([0xff]));
  await driver.settle();
  expect(driver.metric('processor_records_in_total')).toBe(11);
  expect(driver.metric('processor_records_in_total', { topic: 'words' })).toBe(11);
  expect(driver.metric('processor_records_in_total', { topic: 'others' })).toBe(0);
  expect(driver.metric('processor_records_out_total')).toBe(9);
  expect(driver.metric('processor_records_skipped_total', { part: 'handle' })).toBe(2);
  expect(driver.metric('processor_dead_letters_total', { part: 'decode' })).toBe(1);
  expect(driver.metric('processor_transaction_duration_seconds')).toBe(
    driver.metric('processor_transactions_total', { outcome: 'committed' }),
  );
});

test('shows what is open, and nothing of it for an instance that is gone; what that had counted lasts', async () => {
  const driver = await testDriver(shout, { instances: ['a', 'b'] });
  expect(driver.metric('processor_tasks')).toBe(4);
  for (let i = 0; i < 10; i++) driver.topic(words).send(String(i), 'x');
  await driver.settle();
  driver.crash('a');
  expect(driver.metric('processor_tasks')).toBe(2);
  expect(driver.metric('processor_records_in_total')).toBe(10);
  await driver.advance('30s');
  expect(driver.metric('processor_tasks')).toBe(4);
  expect(driver.metric('processor_lag_records')).toBe(0);
});

test('a name that nobody has is refused with the known ones: it would be zero for ever', async () => {
  const driver = await testDriver(shout);
  const hinted = (hint: string) =>
    expect.objectContaining({ code: 'PRC_OPTION_INVALID', hint: expect.stringContaining(hint) });
  expect(() => driver.metric('processor_record_in_total' as 'processor_records_in_total')).toThrow(
    hinted("Did you mean 'processor_records_in_total'?"),
  );
  expect(() => driver.factsOf('batch-comitted' as 'batch-committed')).toThrow(
    hinted("Did you mean 'batch-committed'?"),
  );
  expect(() => driver.metric('processor_tasks', { topics: 'words' } as object)).toThrow("unknown option 'topics'");
});

test('a metric is read when what was sent has had its time', async () => {
  const driver = await testDriver(shout);
  driver.topic(words).send('a', 'x');
  expect(() => driver.metric('processor_records_in_total')).toThrow(
    expect.objectContaining({
      code: 'PRC_TEST_NOT_SETTLED',
      message: expect.stringMatching(/^the metric 'processor_records_in_total' is read, but/),
    }),
  );
  await driver.settle();
  expect(driver.metric('processor_records_in_total')).toBe(1);
});

test('what there is when settle() has failed can be looked at', async () => {
  const driver = await testDriver(shout, { instances: [] });
  driver.topic(words).send('a', 'x');
  await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_UNSETTLED' });
  expect(driver.metric('processor_records_in_total')).toBe(0);
  expect(driver.topic(shouted).records()).toEqual([]);
});

test('facts of one kind are typed as such', async () => {
  const driver = await testDriver(shout);
  driver.topic(words).send('a', 'x');
  await driver.settle();
  const [committed] = driver.factsOf('batch-committed');
  expect(committed?.records).toBe(1);
  expect(driver.factsOf('integrity-alarm')).toEqual([]);
});

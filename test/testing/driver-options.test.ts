// What testDriver() refuses before anything is set up.

import { expect, test } from 'vitest';
import { processor, text, topic } from '../../src/index.js';
import type { TestDriverOptions } from '../../src/testing/driver-options.js';
import { testDriver } from '../../src/testing/index.js';

const words = topic('words', { key: text(), value: text() });
const listen = processor({ name: 'listen', input: words, handle() {} });

type Options = Readonly<Record<string, unknown>>;

test.for<[Options | undefined | null, string, string]>([
  [{ partitions: 0 }, 'PRC_OPTION_INVALID', 'partitions'],
  [{ partitions: 1.5 }, 'PRC_OPTION_INVALID', 'partitions'],
  [{ instances: 'a' }, 'PRC_OPTION_INVALID', 'instances'],
  [{ instances: [''] }, 'PRC_OPTION_INVALID', 'instances'],
  [{ instances: ['a', 'b', 'a'] }, 'PRC_TEST_INSTANCE_KNOWN', "'a'"],
  [{ namespace: 'a b' }, 'PRC_NAME_INVALID', 'a b'],
  [{ now: 'yesterday' }, 'PRC_OPTION_INVALID', 'now'],
  [{ handlerWait: 'long' }, 'PRC_DURATION_INVALID', 'long'],
  [{ topics: ['words'] }, 'PRC_OPTION_INVALID', 'topics'],
  [{ seed: 0.5 }, 'PRC_OPTION_INVALID', 'seed'],
  [{ partition: 3 }, 'PRC_OPTION_UNKNOWN', 'partition'],
  [null, 'PRC_OPTIONS_MISSING', 'null'],
])('the options %j', async ([options, code, named]) => {
  await expect(testDriver(listen, options as TestDriverOptions)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(named),
  });
});

test.for<[string, unknown]>([
  ['nothing', undefined],
  ['an empty list', []],
  ['a topic', words],
  ['a promise of one, where the import was not awaited', Promise.resolve(listen)],
])('in place of a processor %s', async ([, given]) => {
  await expect(testDriver(given as typeof listen)).rejects.toMatchObject({
    code: 'PRC_OPTION_INVALID',
    message: expect.stringContaining('processors'),
  });
});

test('two processors of one name, and two definitions of one topic', async () => {
  const other = processor({ name: 'listen', input: topic('others', { key: text(), value: text() }), handle() {} });
  await expect(testDriver([listen, other])).rejects.toMatchObject({ code: 'PRC_TEST_PROCESSOR_TWICE' });
  const another = processor({
    name: 'another',
    input: topic('words', { key: text(), value: text(), partitions: 9 }),
    handle() {},
  });
  await expect(testDriver([listen, another])).rejects.toMatchObject({ code: 'PRC_TOPIC_DEFINED_TWICE' });
});

test('without an instance nothing runs until one is started', async () => {
  const driver = await testDriver(listen, { instances: [] });
  expect(driver.instances).toEqual([]);
  await driver.start('a');
  driver.topic(words).send('a', 'x');
  await driver.settle();
  expect(driver.metric('processor_records_in_total')).toBe(1);
});

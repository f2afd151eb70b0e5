// Time under a test's control, handlers that wait for something real in it, and calls that come at the wrong moment.

import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { deadLetter, processor, retry, text, topic } from '../../src/index.js';
import { type TestDriver, testDriver } from '../../src/testing/index.js';

const words = topic('words', { key: text(), value: text(), partitions: 2 });
const done = topic('done', { key: text(), value: text() });

/** Writes on what its handler gives back. */
function relay(handle: (word: string) => string | Promise<string>, more: { readonly handlerTimeout?: '10s' } = {}) {
  return processor({
    name: 'relay',
    input: words,
    outputs: { done },
    ...more,
    async handle(word, { out }) {
      out.done(word.key, await handle(word.value));
    },
  });
}

const forever = new Promise<string>(() => {});
const same = (word: string): string => word;
const values = (driver: TestDriver): readonly string[] =>
  driver
    .topic(done)
    .records()
    .map(({ value }) => value);

describe('a handler that never settles', () => {
  const stuck = relay((word) => (word === 'stuck' ? forever : word), { handlerTimeout: '10s' });

  test('is named by settle(), after the real time that it may take', async () => {
    const driver = await testDriver(stuck, { handlerWait: '20ms' });
    driver.topic(words).send('a', 'stuck');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
    // So it is each time, and it does not take longer by that.
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
  });

  test('is named before a test runner ends the test, which would not say which it is', { timeout: 5000 }, async () => {
    const driver = await testDriver(stuck);
    driver.topic(words).send('a', 'stuck');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
  });

  test('is ended by its own time limit when that passes', async () => {
    const driver = await testDriver(stuck, { handlerWait: '20ms' });
    driver.topic(words).send('a', 'stuck');
    await expect(driver.advance('9s')).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
    await expect(driver.advance('2s')).rejects.toMatchObject({ code: 'PRC_HANDLER_TIMEOUT' });
  });

  test('is not waited for where its process is gone or its partition is taken', async () => {
    let isStuck = true;
    const once = relay((word) => (isStuck ? forever : word));
    const driver = await testDriver(once, { handlerWait: '20ms' });
    driver.topic(words).send('a', 'x');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
    isStuck = false;
    await driver.rebalance({ lost: 'a' });
    await driver.settle();
    expect(values(driver)).toEqual(['x']);
    isStuck = true;
    driver.topic(words).send('b', 'y');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
    isStuck = false;
    driver.crash('a');
    await driver.start('b');
    await driver.settle();
    expect(values(driver).toSorted()).toEqual(['x', 'y']);
  });

  test('does not keep the driver from being closed', async () => {
    const driver = await testDriver(stuck);
    driver.topic(words).send('a', 'stuck');
    const settling = driver.settle();
    await Promise.all([expect(settling).rejects.toMatchObject({ code: 'PRC_TEST_CLOSED' }), driver.close()]);
  });
});

test('retries wait for their time, which passes in no time', async () => {
  let calls = 0;
  const flaky = processor({
    name: 'flaky',
    input: words,
    onError: { handle: retry({ times: 3, backoff: '10m', otherwise: deadLetter() }) },
    handle() {
      calls++;
      throw new Error('it is down');
    },
  });
  const driver = await testDriver(flaky);
  const sinceMs = performance.now();
  driver.topic(words).send('a', 'x');
  await driver.settle();
  expect([calls, driver.deadLetters()]).toEqual([1, []]);
  await driver.advance('2h');
  expect([calls, driver.deadLetters().length]).toEqual([4, 1]);
  expect(performance.now() - sinceMs).toBeLessThan(20_000);
});

describe('with the false timers of a test runner', () => {
  afterEach(() => void vi.useRealTimers());

  test('it works as without, and a handler that never settles ends the test', async () => {
    vi.useFakeTimers();
    const driver = await testDriver(
      relay((word) => (word === 'stuck' ? forever : word)),
      { handlerWait: '20ms' },
    );
    driver.topic(words).send('a', 'x');
    await driver.settle();
    expect(values(driver)).toEqual(['x']);
    driver.topic(words).send('a', 'stuck');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
  });
});

test('the error of a handler that fails for good is thrown by settle(), with the line that has thrown it', async () => {
  const strict = processor({
    name: 'strict',
    input: words,
    handle() {
      throw new RangeError('no such customer');
    },
  });
  const driver = await testDriver(strict);
  driver.topic(words).send('a', 'x');
  const failed = await driver.settle().catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 'PRC_RECORD_FAILED', cause: { name: 'RangeError' } });
  const { stack = '' } = (failed as Error).cause as Error;
  expect(stack.split('\n')[1]).toContain('driver-time.test.ts');
  // Whoever asks again hears it again; with the instance that it has ended it is gone.
  await expect(driver.advance('1s')).rejects.toBe(failed);
  driver.crash('a');
  await expect(driver.start('b').then(() => driver.settle())).rejects.toMatchObject({ code: 'PRC_RECORD_FAILED' });
});

describe('at the wrong moment', () => {
  test('two calls at once: the second is refused, the first goes on', async () => {
    const driver = await testDriver(relay(same));
    driver.topic(words).send('a', 'x');
    const first = driver.settle();
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_BUSY' });
    await expect(driver.advance('1s')).rejects.toThrow('advance() was called while settle() is still under way');
    await first;
    expect(values(driver)).toEqual(['x']);
  });

  test('settle() in a handler is refused there, and not waited for', async () => {
    const driver = await testDriver(
      relay(async (word) => {
        await driver.settle();
        return word;
      }),
    );
    driver.topic(words).send('a', 'x');
    await expect(driver.settle()).rejects.toMatchObject({
      code: 'PRC_RECORD_FAILED',
      cause: { code: 'PRC_TEST_BUSY' },
    });
  });

  test('after close() nothing is sent and nothing happens, and what is there can be read', async () => {
    const driver = await testDriver(relay(same));
    driver.topic(words).send('a', 'x');
    await driver.settle();
    await driver.close();
    await driver.close();
    for (const call of [() => driver.topic(words).send('a', 'x'), () => driver.crash('a'), () => driver.resume('a')])
      expect(call).toThrow(expect.objectContaining({ code: 'PRC_TEST_CLOSED' }));
    for (const call of [
      () => driver.settle(),
      () => driver.advance('1s'),
      () => driver.start('b'),
      () => driver.rebalance(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'PRC_TEST_CLOSED' });
    expect(values(driver)).toEqual(['x']);
    expect(driver.instances).toEqual([]);
  });

  test('without an instance, or with paused ones alone, settle() says that nobody is there', async () => {
    const driver = await testDriver(relay(same));
    driver.pause('a');
    driver.topic(words).send('a', 'x');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_UNSETTLED' });
    driver.crash('a');
    await expect(driver.settle()).rejects.toMatchObject({
      code: 'PRC_TEST_UNSETTLED',
      message: expect.stringContaining('relay words/'),
      hint: expect.stringContaining('driver.instances'),
    });
  });

  test('a duration that is none passes no time', async () => {
    const driver = await testDriver(relay(same));
    const { nowMs } = driver;
    for (const bad of ['5 minutes', '-1s', '', -1, 0.5, Number.NaN, undefined, null])
      await expect(driver.advance(bad as '1s')).rejects.toMatchObject({ code: 'PRC_DURATION_INVALID' });
    expect(driver.nowMs).toBe(nowMs);
  });
});

test('however much there is to settle, timers of the program have their turn', async () => {
  const driver = await testDriver(relay(same));
  for (let i = 0; i < 3000; i++) driver.topic(words).send(String(i), 'x');
  let isFired = false;
  setTimeout(() => {
    isFired = true;
  }, 1);
  await driver.settle();
  expect(isFired).toBe(true);
});

test('handlers that wait for files, timers and the network are waited for, and no time passes meanwhile', async () => {
  const slow = relay(async (word) => {
    await wait(30);
    return word;
  });
  const driver = await testDriver(slow, { instances: ['a', 'b'] });
  const { nowMs } = driver;
  for (let i = 0; i < 4; i++) driver.topic(words).send(String(i), String(i), { partition: i % 2 });
  await driver.settle();
  expect(values(driver)).toHaveLength(4);
  expect(driver.nowMs - nowMs).toBeLessThan(5000);
});

// What a test has called for and never comes is told: a test that shows less than it says is worse than none.

import { beforeEach, expect, test } from 'vitest';
import { type Faulted, type NextFault, type TestDriver, testDriver } from '../../src/testing/index.js';
import { expectEachOnce, sendWords, shout } from './shout.js';

let driver: TestDriver;
beforeEach(async () => {
  driver = await testDriver(shout, { instances: ['a', 'b'] });
});

test('a moment that does not come as often, and a request that nobody makes, are named until they have struck', async () => {
  const twice: NextFault = { of: 'a', times: 2 };
  driver.failNext('LeaveGroup', 'lost', twice);
  driver.crash('a', { at: 'delivered' });
  driver.pause('b', { at: 'commit-acked', nth: 3 });
  sendWords(driver, 1);
  await driver.settle();
  expect(driver.unstruck).toEqual([
    "crash('a', { at: 'delivered' }): 1 more of 'delivered' would have had to come",
    expect.stringMatching(/^pause\('b', \{ at: 'commit-acked', nth: 3 \}\): [23] more of 'commit-acked' would/),
    "failNext('LeaveGroup', 'lost', { of: 'a', times: 2 }): 2 more of 'LeaveGroup' would have had to come",
  ]);
  await expect(driver.close()).rejects.toMatchObject({
    code: 'PRC_TEST_UNSTRUCK',
    message: expect.stringContaining("crash('a', { at: 'delivered' })"),
  });
});

test('where all has struck, nothing is told', async () => {
  driver.crash('a', { at: 'begun' });
  driver.failNext('EndTxn', 'unanswered');
  sendWords(driver, 50);
  await driver.settle();
  expectEachOnce(driver, 50);
  const faulted: readonly Faulted[] = driver.faulted;
  expect(faulted).toHaveLength(1);
  expect(driver.unstruck).toEqual([]);
  await driver.close();
});

test('a second plan for an instance does not take the place of the first', async () => {
  driver.pause('a', { at: 'begun' });
  driver.crash('a', { at: 'commit-acked' });
  sendWords(driver, 50);
  await driver.settle();
  expect(driver.unstruck).toHaveLength(1);
  driver.resume('a');
  await driver.advance('30s');
  sendWords(driver, 50, 50);
  await driver.settle();
  expect(driver.instances).toEqual(['b']);
  expect(driver.unstruck).toEqual([]);
  expectEachOnce(driver, 100);
});

test('a plan for an instance that is gone does not meet the next one of its name', async () => {
  driver.crash('a', { at: 'begun' });
  await driver.stop('a');
  await driver.start('a');
  sendWords(driver, 50);
  await driver.settle();
  expect(driver.instances).toEqual(['b', 'a']);
  expect(driver.unstruck).toHaveLength(1);
});

test('a crash now stands for the one that was to come', async () => {
  driver.crash('a', { at: 'begun', nth: 1000 });
  driver.pause('b', { at: 'begun', nth: 1000 });
  driver.crash('a');
  driver.crash('b');
  // The pause of b is another matter: a test that called for it has not seen it.
  expect(driver.unstruck).toEqual([expect.stringContaining("pause('b'")]);
});

test('how often, without saying of what, is refused and not done at once', () => {
  const refused = expect.objectContaining({
    code: 'PRC_OPTION_INVALID',
    hint: expect.stringContaining("{ at: 'begun', nth: 2 }"),
  });
  expect(() => driver.crash('a', { nth: 2 })).toThrow(refused);
  expect(() => driver.pause('a', { nth: 2 })).toThrow(refused);
  expect(driver.instances).toEqual(['a', 'b']);
});

test('a paused instance cannot be lost: its group takes it for dead by itself', async () => {
  driver.pause('a');
  await expect(driver.rebalance({ lost: 'a' })).rejects.toMatchObject({
    code: 'PRC_OPTION_INVALID',
    hint: expect.stringContaining('then resume it'),
  });
});

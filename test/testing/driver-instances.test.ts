// What may befall the instances of a driver: they come, go, die at a moment of the engine's, stand still and come back as zombies.

import { beforeEach, describe, expect, test } from 'vitest';
import { type TestDriver, testDriver } from '../../src/testing/index.js';
import { expectEachOnce as expectEachWordOnce, sendWords, shout, words } from './shout.js';

let driver: TestDriver;
let sent: number;
beforeEach(async () => {
  driver = await testDriver(shout, { instances: ['a', 'b'] });
  sent = 0;
});

function send(records: number): void {
  sendWords(driver, records, sent);
  sent += records;
}

function expectEachOnce(): void {
  expectEachWordOnce(driver, sent);
}

const opened = (): number => driver.factsOf('task-opened').length;

/** Those of a batch that is committed with exactly-once. */
const ofBatches = ['before-begin', 'begun', 'produced', 'offsets-sent', 'commit-sent', 'commit-acked'] as const;
const ofOpening = ['assigned', 'init-sent', 'init-done', 'offsets-fetched'] as const;

test.for(ofBatches)('dies at %s, and each record is there once', async (at) => {
  driver.crash('a', { at });
  send(50);
  await driver.settle();
  expect(driver.instances).toEqual(['b']);
  expectEachOnce();
});

test.for(ofOpening)('dies at %s when it is given a partition, and each record is there once', async (at) => {
  driver.crash('a', { at });
  send(50);
  await driver.stop('b');
  await driver.advance('20s').catch(() => {});
  expect(driver.instances).toEqual([]);
  send(50);
  await driver.start('c');
  await driver.settle();
  expectEachOnce();
});

test('dies when it has done something for the third time', async () => {
  driver.crash('a', { at: 'commit-acked', nth: 3 });
  for (let i = 0; i < 2; i++) {
    // Two partitions of the four are its own.
    driver.topic(words).send('x', 'x', { partition: 0 });
    await driver.settle();
  }
  expect(driver.instances).toContain('a');
});

test('what it was in the middle of sending when it died is not committed by it', async () => {
  driver.crash('b');
  await driver.advance('30s');
  driver.crash('a', { at: 'offsets-sent' });
  send(1);
  await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_UNSETTLED' });
  expect(() => driver.assertNoOpenTransactions()).not.toThrow();
  await driver.start('c');
  await driver.settle();
  expectEachOnce();
});

test('a zombie that goes on in the middle of a transaction has no say in it any more', async () => {
  driver.pause('a', { at: 'offsets-sent' });
  send(40);
  await driver.settle();
  expectEachOnce();
  driver.resume('a');
  send(40);
  await driver.settle();
  await driver.advance('30s');
  expectEachOnce();
  // It has come back into the group.
  expect(driver.instances).toEqual(['a', 'b']);
});

test('one that is paused does nothing, and others have its partitions when its session is over', async () => {
  driver.pause('a');
  const before = driver.nowMs;
  send(40);
  await driver.settle();
  expect(driver.nowMs - before).toBeGreaterThan(9000);
  expectEachOnce();
});

test('one that is stopped hands over at once', async () => {
  const before = driver.nowMs;
  await driver.stop('a');
  send(40);
  await driver.settle();
  expect(driver.nowMs - before).toBeLessThan(5000);
  expect(driver.instances).toEqual(['b']);
  expectEachOnce();
});

test('one more takes its share', async () => {
  await driver.start('c');
  send(40);
  await driver.settle();
  expectEachOnce();
  expect(driver.metric('processor_tasks')).toBe(4);
});

describe('a rebalance', () => {
  test('moves partitions to a member that comes, and back when it leaves', async () => {
    const before = opened();
    send(40);
    await driver.rebalance();
    expect(opened()).toBeGreaterThan(before);
    expect(driver.instances).toEqual(['a', 'b']);
    await driver.settle();
    expectEachOnce();
  });

  test('takes all partitions from a member that is thought dead, which hears of it afterwards', async () => {
    send(40);
    await driver.rebalance({ lost: 'a' });
    expect(driver.factsOf('rebalanced').filter(({ kind }) => kind === 'lost')).toHaveLength(1);
    send(40);
    await driver.settle();
    expectEachOnce();
  });

  test('of a single instance gives its partitions back to it', async () => {
    await driver.stop('b');
    await driver.rebalance({ lost: 'a' });
    send(40);
    await driver.settle();
    expectEachOnce();
  });
});

test('a rebalance may also take one for dead that has no partition', async () => {
  for (const name of ['c', 'd', 'e']) await driver.start(name);
  // Four partitions for five: one of them has none.
  for (const name of driver.instances) await driver.rebalance({ lost: name });
  send(40);
  await driver.settle();
  expectEachOnce();
});

test('what cannot be meant is refused', async () => {
  for (const call of [
    () => driver.crash('c'),
    () => driver.pause('c'),
    () => driver.resume('c'),
    () => driver.failNext('EndTxn', 'lost', { of: 'c' }),
    () => driver.faults({ lost: 1, of: 'c' }),
  ])
    expect(call).toThrow(expect.objectContaining({ code: 'PRC_TEST_INSTANCE_UNKNOWN' }));
  await expect(driver.stop('c')).rejects.toMatchObject({ code: 'PRC_TEST_INSTANCE_UNKNOWN' });
  await expect(driver.rebalance({ lost: 'c' })).rejects.toMatchObject({ code: 'PRC_TEST_INSTANCE_UNKNOWN' });
  await expect(driver.start('a')).rejects.toMatchObject({ code: 'PRC_TEST_INSTANCE_KNOWN' });
  const hinted = (hint: string) => expect.objectContaining({ hint: expect.stringContaining(hint) });
  expect(() => driver.crash('a', { at: 'lunch' as 'begun' })).toThrow(hinted('before-begin'));
  expect(() => driver.crash('a', { at: 'begun', nth: 0 })).toThrow(hinted('1 or more'));
  expect(() => driver.crash('a', { when: 'begun' } as object)).toThrow("unknown option 'when'");
});

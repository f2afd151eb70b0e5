// What a test can have go wrong between its instances and the brokers, and that the engine is right about it all the same.

import { beforeEach, expect, test } from 'vitest';
import { type FaultKind, type TestDriver, testDriver } from '../../src/testing/index.js';
import { expectEachOnce as expectEachWordOnce, sendWords, shout, words } from './shout.js';

let driver: TestDriver;
beforeEach(async () => {
  driver = await testDriver(shout, { instances: ['a', 'b'] });
});

async function expectEachOnce(records: number): Promise<void> {
  sendWords(driver, records);
  await driver.settle();
  expectEachWordOnce(driver, records);
}

const kinds: readonly FaultKind[] = ['lost', 'unanswered', 'late', 'doubled', 'slow'];

test.for(kinds)('the next commit is %s: each record is there once', async (kind) => {
  driver.failNext('EndTxn', kind);
  await expectEachOnce(20);
  expect(driver.faulted).toMatchObject([{ request: 'EndTxn', kind }]);
});

test('the next three of one instance fail, and none of the other', async () => {
  driver.failNext('Produce', 'lost', { of: 'b', times: 3 });
  await expectEachOnce(50);
  expect(driver.faulted.map(({ instance, kind }) => `${instance} ${kind}`)).toEqual(['b lost', 'b lost', 'b lost']);
});

test('requests fail by chance until that is ended', async () => {
  driver.faults({ lost: 0.1, unanswered: 0.1, on: ['Produce', 'TxnOffsetCommit', 'EndTxn'] });
  await expectEachOnce(100);
  const { length } = driver.faulted;
  expect(length).toBeGreaterThan(0);
  expect(new Set(driver.faulted.map(({ request }) => request))).not.toContain('Heartbeat');
  driver.faults({});
  driver.topic(words).send('100', 'x');
  await driver.settle();
  expect(driver.faulted).toHaveLength(length);
});

test('the same seed draws the same faults, another one others', async () => {
  const drawn = async (seed: number): Promise<readonly unknown[]> => {
    driver = await testDriver(shout, { seed });
    driver.faults({ unanswered: 0.3 });
    await expectEachOnce(20);
    return driver.faulted;
  };
  expect(await drawn(7)).toEqual(await drawn(7));
  expect(await drawn(7)).not.toEqual(await drawn(8));
});

test('what cannot be meant is refused', () => {
  const hinted = (hint: string) => expect.objectContaining({ hint: expect.stringContaining(hint) });
  expect(() => driver.failNext('EndTransaction' as 'EndTxn', 'lost')).toThrow(hinted('EndTxn'));
  expect(() => driver.failNext('EndTxn', 'gone' as 'lost')).toThrow(hinted('unanswered'));
  expect(() => driver.failNext('JoinGroup', 'doubled')).toThrow(hinted('not modelled'));
  expect(() => driver.failNext('EndTxn', 'lost', { times: 0 })).toThrow(hinted('1 or more'));
  expect(() => driver.failNext('EndTxn', 'lost', { time: 1 } as object)).toThrow("unknown option 'time'");
  expect(() => driver.faults({ lost: 5 })).toThrow(hinted('from 0 to 1'));
  expect(() => driver.faults({ lost: 0.6, late: 0.6 })).toThrow(hinted('1 at most'));
  expect(() => driver.faults({ lose: 0.6 } as object)).toThrow("unknown option 'lose'");
  expect(() => driver.faults({ lost: 0.6, on: 'Commit' as 'EndTxn' })).toThrow(hinted('EndTxn'));
  expect(() => driver.faults(undefined as unknown as object)).toThrow(hinted('an object'));
});

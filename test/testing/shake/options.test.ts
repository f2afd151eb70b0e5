// What shake() refuses before anything is run, and that what hangs only where it is disrupted costs no other finding.

import { expect, test } from 'vitest';
import { processor, text, topic } from '../../../src/index.js';
import { shake } from '../../../src/testing/index.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 1 });
const payments = topic('payments', { key: text(), value: text(), partitions: 1 });
const enriched = topic('enriched', { key: text(), value: text() });
const copy = processor({
  name: 'copy',
  input: orders,
  outputs: { enriched },
  handle: ({ key, value }, { out }) => out.enriched(key, value),
});
const both = processor({ name: 'both', input: { orders, payments }, handle: { orders() {}, payments() {} } });
const records = [{ key: 'a', value: 'one' }];

test.for<[object, string, string]>([
  [{ records, runMax: 5 }, 'PRC_OPTION_UNKNOWN', "Did you mean 'runsMax'?"],
  [{ records, runsMax: 0 }, 'PRC_OPTION_INVALID', 'runsMax'],
  [{ records, handlerWait: 'long' }, 'PRC_DURATION_INVALID', 'long'],
  [{ records, environment: { RATE: 2 } }, 'PRC_OPTION_INVALID', 'environment.RATE'],
  [{}, 'PRC_OPTION_INVALID', 'records'],
  [{ records: { orders: records } }, 'PRC_OPTION_INVALID', 'records'],
  [{ records: [{ kye: 'a', value: 'one' }] }, 'PRC_OPTION_UNKNOWN', "Did you mean 'key'?"],
  [{ records: [{ ...records[0], partition: 3_000_000 }] }, 'PRC_OPTION_INVALID', 'partition'],
])('the options %j', async ([options, code, named]) => {
  const failed = await shake(copy, options as { records: typeof records }).catch((error: unknown) => error);
  expect(failed).toMatchObject({ code });
  const { message, hint } = failed as { message: string; hint: string };
  expect(`${message} ${hint}`).toContain(named);
});

test('records of an input that the processor has not, nothing, and something else than a processor', async () => {
  await expect(shake(both, { records: { order: records } as object })).rejects.toMatchObject({
    code: 'PRC_OPTION_UNKNOWN',
  });
  await expect(shake(both, { records: records as object })).rejects.toMatchObject({ code: 'PRC_OPTIONS_MISSING' });
  await expect(shake(copy, undefined as unknown as { records: typeof records })).rejects.toMatchObject({
    code: 'PRC_OPTIONS_MISSING',
  });
  await expect(shake(orders as unknown as typeof copy, { records })).rejects.toMatchObject({
    code: 'PRC_OPTION_INVALID',
    message: expect.stringContaining('processor'),
  });
});

test('a handler that hangs only where it is disrupted is a finding beside the others, and is not waited for for ever', async () => {
  const handled = new Map<number, number>();
  const hangs = processor({
    name: 'hangs',
    input: orders,
    outputs: { enriched },
    async handle({ key, offset }, { out }) {
      const times = (handled.get(offset) ?? 0) + 1;
      handled.set(offset, times);
      out.enriched(key, `${times}`);
      if (times > 3) await new Promise(() => {});
    },
  });
  const { findings, runs, notTried } = await shake(hangs, { records, handlerWait: '20ms' });
  expect(findings.map(({ reasons }) => reasons).toSorted()).toEqual([['failure'], ['state']]);
  expect(findings.find(({ reasons }) => reasons.includes('failure'))?.message).toContain(
    "a handler of 'hangs' has not settled for 0.02 s",
  );
  expect(runs).toBeLessThan(10);
  expect(notTried).toBeGreaterThan(30);
});

test('a timer that is begun anew comes again', async () => {
  const again = processor({
    name: 'again',
    input: orders,
    outputs: { enriched },
    async handle({ key, value }, { out }) {
      let times = 0;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => {
          if (++times === 2) resolve();
          else timer.refresh();
        }, 1);
      });
      out.enriched(key, value);
    },
  });
  expect((await shake(again, { records, runsMax: 5 })).findings).toEqual([]);
});

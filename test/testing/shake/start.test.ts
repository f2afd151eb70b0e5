// Where a processor starts in production says nothing of its handlers: shaken, it begins with the first of the records.

import { expect, test } from 'vitest';
import { processor, type Start, text, topic } from '../../../src/index.js';
import { shake } from '../../../src/testing/index.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 1 });
const lines = topic('lines', { key: text(), value: text(), partitions: 1 });
const records = ['a', 'b', 'c', 'd'].map((key) => ({ key, value: 'tea' }));

test.for<Start>(['earliest', 'latest', 'refuse'])('each record is handled with start: %s', async (start) => {
  let calls = 0;
  const copy = processor({
    name: 'copy',
    start,
    input: orders,
    outputs: { lines },
    handle({ key, value }, { out }) {
      calls++;
      out.lines(key, value);
    },
  });
  expect(await shake(copy, { records, runsMax: 40 })).toMatchObject({ findings: [], runs: 40 });
  expect(calls).toBeGreaterThanOrEqual(40 * records.length);
});

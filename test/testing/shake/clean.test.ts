// What does the same for the same record has nothing found, however it is disrupted: a false alarm is a defect.

import { setTimeout } from 'node:timers/promises';
import { isProxy } from 'node:util/types';
import { expect, test } from 'vitest';
import { z } from 'zod';
import enrichOrders from '../../../processors/enrich-orders.js';
import {
  avro,
  batchProcessor,
  deadLetter,
  int32,
  json,
  processor,
  retry,
  skip,
  text,
  topic,
} from '../../../src/index.js';
import { type Shaken, type ShakeRecords, shake } from '../../../src/testing/index.js';
import { generated } from '../../../src/testing/shake/generate.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 2 });
const lengths = topic('lengths', { key: text(), value: int32() });
const lines = topic('lines', { key: text(), value: text(), partitions: 3 });
/** Spread over all, where one of each kind shows what there is to see. */
const runsMax = 60;
const five = ['a', 'b', 'a', 'c', 'b'].map((key, i) => ({ key, value: `order ${i}` }));

test('the reference processor', async () => {
  const order = { orderId: 1, customerId: '4', date: '1997-01-01', quantity: 3, cents: 300 };
  clean(await shake(enrichOrders, { records: ['4', '5', '6', '4'].map((key) => ({ key, value: order })) }));
});

test('an asynchronous handler that is tried again, and gives up on some', async () => {
  const tried = new Set<string>();
  const flaky = processor({
    name: 'flaky',
    input: orders,
    outputs: { lengths, lines },
    onError: { handle: retry({ times: 2, backoff: '50ms', otherwise: deadLetter() }) },
    async handle({ key, value, partition, offset }, { out, signal }) {
      const id = `${partition}/${offset}`;
      out.lengths(key, value.length);
      await setTimeout(1, undefined, { signal });
      if (value === 'order 3') throw new Error('nobody can do this one');
      // A service that is away now and then.
      if (!tried.has(id)) {
        tried.add(id);
        throw new Error(`away at ${Date.now()}`);
      }
      await Promise.all([1, 2].map(async () => setTimeout(1)));
      out.lines(key, id, { headers: { id }, timestamp: 1000 });
    },
  });
  // It is tried again in the first run alone: the points of that are not there any more in the others.
  const { findings } = await shake(flaky, { records: five, runsMax: 60 });
  expect(findings).toEqual([]);
});

test('retries that wait for minutes, and records that are left out', async () => {
  const patient = processor({
    name: 'patient',
    input: orders,
    outputs: { lengths },
    onError: { handle: retry({ times: 3, backoff: '5m', otherwise: skip() }) },
    handle({ key, value }, { out }) {
      if (value === 'order 1') throw new Error('never');
      out.lengths(key, value.length);
    },
  });
  clean(await shake(patient, { records: five, runsMax: 60 }));
});

test('a handler of batches, one output for each record', async () => {
  const batches = batchProcessor({
    name: 'batches',
    input: orders,
    outputs: { lengths, lines },
    async handle(batch, { out }) {
      await Promise.resolve();
      for (const { key, value, headers } of batch) {
        out.lengths(key, value.length);
        out.lines(key, value, { headers: [...headers] });
      }
    },
  });
  const traced = five.map((one, i) => ({ ...one, headers: { traceparent: `00-${i}` } }));
  clean(await shake(batches, { records: traced, runsMax }));
});

test.for(['at-least-once', 'at-most-once'] as const)('%s, as far as it promises anything', async (guarantee) => {
  const measure = processor({
    name: guarantee,
    guarantee,
    input: orders,
    outputs: { lengths },
    handle({ key, value }, { out }) {
      out.lengths(key, value.length);
    },
  });
  clean(await shake(measure, { records: five, runsMax }));
});

test('several inputs, and an output that is an input', async () => {
  const settle = processor({
    name: 'settle',
    input: { orders, lines },
    outputs: { lines, lengths },
    feedsItself: true,
    handle: {
      orders({ key, value }, { out }) {
        out.lines(key, `${value}!`);
      },
      lines({ key, value, headers }, { out }) {
        out.lengths(key, value.length);
        if (value.endsWith('!')) out.lines(key, `${[...headers].length} headers`);
      },
    },
  });
  clean(await shake(settle, { records: { orders: five }, runsMax }));
});

test('the time and chance for a log, a cache of what never changes, and a record that is changed', async () => {
  const log: string[] = [];
  const squares = new Map<number, number>();
  const numbers = topic('numbers', { key: text(), value: json(z.object({ n: z.int() })) });
  const square = processor({
    name: 'square',
    input: numbers,
    outputs: { lengths },
    handle({ key, value }, { out }) {
      const began = performance.now();
      const n = squares.get(value.n) ?? value.n * value.n;
      squares.set(value.n, n);
      // Nobody else sees this object: a replay begins with the bytes.
      value.n += 1;
      out.lengths(key, n + value.n);
      log.push(`${new Date().toISOString()} ${Math.random()} ${performance.now() - began}`);
    },
  });
  clean(await shake(square, { records: [1, 2, 2, 3].map((n) => ({ key: `${n}`, value: { n } })), runsMax }));
  expect(log.length).toBeGreaterThan(4);
});

test('records that are made of the codecs, and Avro with all that it has', async () => {
  const everything = topic('everything', {
    key: int32(),
    value: avro({
      type: 'record',
      name: 'Everything',
      namespace: 'shop',
      fields: [
        { name: 'note', type: ['null', 'string'], default: null },
        { name: 'either', type: ['int', 'double'] },
        { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
        { name: 'tags', type: { type: 'array', items: 'string' } },
        { name: 'parts', type: { type: 'map', values: 'long' } },
        { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
        { name: 'day', type: { type: 'int', logicalType: 'date' } },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
        { name: 'id', type: { type: 'string', logicalType: 'uuid' } },
      ],
    }),
  });
  const describe = processor({
    name: 'describe',
    input: everything,
    outputs: { lines },
    handle({ key, value }, { out }) {
      out.lines(String(key), JSON.stringify(value));
    },
  });
  // What is made of a codec fits it, which no type can say.
  const records = generated(everything, 6) as unknown as ShakeRecords<typeof everything>;
  clean(await shake(describe, { records, runsMax }));
  expect(generated(topic('opaque', { key: text(), value: json(z.string()) }), 1)).toBeUndefined();
});

test('what was not tried is counted', async () => {
  const measure = processor({
    name: 'measure',
    input: orders,
    outputs: { lengths },
    handle({ key, value }, { out }) {
      out.lengths(key, value.length);
    },
  });
  const { runs, notTried } = await shake(measure, { records: five, runsMax: 10 });
  expect(runs).toBe(10);
  expect(notTried).toBeGreaterThan(100);
});

test('what fails without any disruption is told as it is', async () => {
  const strict = processor({
    name: 'strict',
    input: orders,
    handle({ value }) {
      if (value === 'order 3') throw new Error('I take no order 3');
    },
  });
  await expect(shake(strict, { records: five })).rejects.toMatchObject({ code: 'PRC_RECORD_FAILED' });
  await expect(shake(strict, { records: [] })).rejects.toMatchObject({ code: 'PRC_TEST_RECORDS_MISSING' });
});

test('a handler that never settles is an error, not a hang', async () => {
  const hangs = processor({ name: 'hangs', input: orders, handle: () => new Promise<void>(() => {}) });
  await expect(shake(hangs, { records: five, handlerWait: '50ms' })).rejects.toMatchObject({
    code: 'PRC_TEST_HANDLER_PENDING',
  });
  // Clocks and chance are everybody's again.
  expect([Date, Math.random, process.env].map((one) => isProxy(one))).toEqual([false, false, false]);
});

function clean({ findings, runs, notReached }: Shaken): void {
  expect(findings).toEqual([]);
  expect(runs).toBeGreaterThan(50);
  expect(notReached).toBe(0);
}

// Processors without a broker: the real engine on the model of Kafka.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { avro, deadLetter, json, processor, retry, text, topic } from '../../src/index.js';
import { testDriver } from '../../src/testing/index.js';

const orders = topic('orders', { key: text(), value: json(z.object({ cents: z.int(), quantity: z.int() })) });
const enriched = topic('enriched', { key: text(), value: json(z.object({ unitCents: z.number() })) });
const audited = topic('audited', { key: text(), value: text(), partitions: 2 });

const enrichOrders = processor({
  name: 'enrich-orders',
  input: orders,
  outputs: { enriched, audited },
  onError: { decode: deadLetter() },
  handle(order, { out }) {
    out.enriched(order.key, { unitCents: order.value.cents / order.value.quantity });
    out.audited(order.key, `${order.partition}@${order.offset}`);
  },
});

test('what is sent is processed, and what comes of it can be read', async () => {
  const driver = await testDriver(enrichOrders);
  driver.topic(orders).send('4', { cents: 300, quantity: 3 });
  await driver.settle();
  expect(driver.topic(enriched).records()).toMatchObject([{ key: '4', value: { unitCents: 100 } }]);
  expect(driver.topic(audited).records()).toHaveLength(1);
  driver.assertNoOpenTransactions();
});

test('a thousand records, over all partitions, each once and in the order of its key', async () => {
  const driver = await testDriver(enrichOrders, { partitions: 6 });
  for (let i = 0; i < 1000; i++) driver.topic(orders).send(String(i % 20), { cents: i, quantity: 1 });
  await driver.settle();
  const found = driver.topic(enriched).records();
  expect(new Set(found.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  for (let key = 0; key < 20; key++)
    expect(found.filter((record) => record.key === String(key)).map(({ value }) => value.unitCents)).toEqual(
      Array.from({ length: 50 }, (_, i) => 20 * i + key),
    );
});

describe('failures', () => {
  const quick = topic('quick', { key: text(), value: text() });
  const done = topic('done', { key: text(), value: text() });

  test('a record that cannot be read becomes a dead letter', async () => {
    const driver = await testDriver(enrichOrders);
    driver.topic(orders).sendBytes(Buffer.from('4'), Buffer.from('no JSON'));
    driver.topic(orders).send('4', { cents: 2, quantity: 2 });
    await driver.settle();
    expect(driver.topic(enriched).records()).toHaveLength(1);
    const [letter] = driver.deadLetters();
    expect(letter?.headers.text('dlq.failed')).toBe('decode');
    expect(Buffer.from(letter?.value ?? []).toString()).toBe('no JSON');
    expect(driver.facts).toContainEqual(
      expect.objectContaining({ fact: 'record-dead-lettered', failed: 'decode', to: 'enrich-orders.dlq' }),
    );
  });

  test('a handler that is tried again in ten minutes waits for them, and others do not wait for it', async () => {
    let isDown = true;
    const relay = processor({
      name: 'relay',
      input: quick,
      outputs: { done },
      onError: { handle: retry({ times: 3, backoff: '10m', otherwise: deadLetter() }) },
      handle(record, { out }) {
        if (record.value === 'needs it' && isDown) throw new Error('it is down');
        out.done(record.key, record.value);
      },
    });
    const driver = await testDriver(relay);
    driver.topic(quick).send('a', 'needs it', { partition: 0 });
    driver.topic(quick).send('b', 'does not', { partition: 1 });
    await driver.settle();
    expect(driver.topic(done).records()).toMatchObject([{ key: 'b' }]);
    isDown = false;
    await driver.advance('9m');
    expect(driver.topic(done).records()).toHaveLength(1);
    await driver.advance('2m');
    expect(driver.topic(done).records()).toHaveLength(2);
  });

  test('records before one that waits to be tried again are done, and time that passes before that changes nothing', async () => {
    let calls = 0;
    const relay = processor({
      name: 'relay',
      input: quick,
      outputs: { done },
      onError: { handle: retry({ times: 1, backoff: '30s', otherwise: deadLetter() }) },
      handle(record, { out }) {
        if (record.value === 'needs it') {
          calls++;
          throw new Error('it is down');
        }
        out.done(record.key, record.value);
      },
    });
    const driver = await testDriver(relay);
    driver.topic(quick).send('a', 'does not', { partition: 0 });
    driver.topic(quick).send('b', 'needs it', { partition: 0 });
    await driver.settle();
    expect(driver.topic(done).records()).toMatchObject([{ key: 'a' }]);
    await driver.advance('29s');
    expect([calls, driver.deadLetters()]).toEqual([1, []]);
    await driver.advance('2s');
    expect([calls, driver.deadLetters().length]).toEqual([2, 1]);
  });

  test('a handler that fails ends the processor, and settle() says why', async () => {
    const strict = processor({
      name: 'strict',
      input: quick,
      handle() {
        throw new Error('no such customer');
      },
    });
    const driver = await testDriver(strict);
    driver.topic(quick).send('a', 'b');
    await expect(driver.settle()).rejects.toThrow('no such customer');
  });

  test('a handler that never settles is named', async () => {
    const stuck = processor({ name: 'stuck', input: quick, handle: () => new Promise<void>(() => {}) });
    const driver = await testDriver(stuck, { handlerWait: '50ms' });
    driver.topic(quick).send('a', 'b');
    await expect(driver.settle()).rejects.toMatchObject({ code: 'PRC_TEST_HANDLER_PENDING' });
  });

  test('who forgets to settle, or names what the driver does not know, is told what to do', async () => {
    const driver = await testDriver(enrichOrders);
    driver.topic(orders).send('4', { cents: 2, quantity: 2 });
    expect(() => driver.topic(enriched).records()).toThrow('nobody has had the time');
    expect(() => driver.topic(quick)).toThrow("'quick'");
    expect(() => driver.crash('b')).toThrow("no instance 'b'");
  });
});

test('handlers that wait for something real are waited for, and virtual time stands still meanwhile', async () => {
  const slow = processor({
    name: 'slow',
    input: topic('in', { key: text(), value: text() }),
    outputs: { done: topic('out', { key: text(), value: text() }) },
    handlerTimeout: '20ms',
    async handle(record, { out }) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      out.done(record.key, record.value);
    },
  });
  const driver = await testDriver(slow);
  driver.topic(slow.input).send('a', 'b');
  await driver.settle();
  expect(driver.topic(slow.outputs.done).records()).toHaveLength(1);
});

test.for(['at-least-once', 'at-most-once'] as const)(
  'what comes of records is there after settle(): %s',
  async (guarantee) => {
    const copied = topic('copied', { key: text(), value: text() });
    const copy = processor({
      name: 'copy',
      input: topic('copies', { key: text(), value: text() }),
      outputs: { copied },
      guarantee,
      async handle(record, { out }) {
        await Promise.resolve();
        out.copied(record.key, record.value);
      },
    });
    const driver = await testDriver(copy, { instances: ['a', 'b'] });
    for (let i = 0; i < 20; i++) driver.topic(copy.input).send(String(i), 'x');
    await driver.settle();
    expect(driver.topic(copied).records()).toHaveLength(20);
    // What was claimed by whoever is gone is nobody's: that is what at most once means.
    driver.topic(copy.input).send('20', 'x');
    driver.crash('a');
    await driver.settle();
    driver.topic(copy.input).send('21', 'x');
    await driver.settle();
    expect(driver.topic(copied).records().length).toBeGreaterThanOrEqual(21);
  },
);

test('Avro needs no registry', async () => {
  const prices = topic('prices', {
    key: text(),
    value: avro({ type: 'record', name: 'Price', fields: [{ name: 'cents', type: 'long' }] }),
  });
  const doubled = topic('doubled', { key: text(), value: prices.value });
  const double = processor({
    name: 'double',
    input: prices,
    outputs: { doubled },
    handle(price, { out }) {
      out.doubled(price.key, { cents: price.value.cents * 2 });
    },
  });
  const driver = await testDriver(double);
  driver.topic(prices).send('a', { cents: 21 });
  await driver.settle();
  expect(driver.topic(doubled).records()).toMatchObject([{ value: { cents: 42 } }]);
});

test('two processors in a chain, two instances, one of which crashes: every record once', async () => {
  const totals = topic('totals', { key: text(), value: text() });
  const sum = processor({
    name: 'sum',
    input: enriched,
    outputs: { totals },
    handle(record, { out }) {
      out.totals(record.key, String(record.value.unitCents));
    },
  });
  const driver = await testDriver([enrichOrders, sum], { instances: ['a', 'b'] });
  for (let i = 0; i < 100; i++) driver.topic(orders).send(String(i), { cents: i, quantity: 1 });
  await driver.settle();
  driver.crash('a');
  for (let i = 100; i < 200; i++) driver.topic(orders).send(String(i), { cents: i, quantity: 1 });
  await driver.settle();
  const found = driver
    .topic(totals)
    .records()
    .map(({ key }) => Number(key));
  expect(found.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  await driver.start('a');
  driver.topic(orders).send('200', { cents: 200, quantity: 1 });
  await driver.settle();
  expect(driver.topic(totals).records()).toHaveLength(201);
  await driver.close();
});

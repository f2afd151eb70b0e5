// The topics of a driver: what can be sent to them and read from them, and Avro with its registry, without a server.

import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { avro, deadLetter, json, processor, text, topic } from '../../src/index.js';
import { testDriver } from '../../src/testing/index.js';

const order = z.object({ cents: z.int(), quantity: z.int().positive() });
const orders = topic('orders', { key: text(), value: json(order), partitions: 2 });
const enriched = topic('enriched', { key: text(), value: json(z.object({ unitCents: z.number() })) });
const enrich = processor({
  name: 'enrich',
  input: orders,
  outputs: { enriched },
  onError: { decode: deadLetter() },
  handle(record, { out }) {
    out.enriched(record.key, { unitCents: record.value.cents / record.value.quantity });
  },
});

describe('what a test sends', () => {
  test('has the timestamp, the headers and the partition that it says, and otherwise the time of the driver', async () => {
    const seen: unknown[] = [];
    const look = processor({
      name: 'look',
      input: orders,
      handle({ timestamp, partition, headers }) {
        seen.push([timestamp, partition, headers.text('source')]);
      },
    });
    const driver = await testDriver(look, { now: '2026-11-21T09:00:00Z' });
    driver.topic(orders).send('a', { cents: 1, quantity: 1 }, { timestamp: 5, partition: 1, headers: { source: 'x' } });
    await driver.settle();
    driver.topic(orders).send('a', { cents: 1, quantity: 1 }, { partition: 0 });
    const { nowMs } = driver;
    await driver.settle();
    expect(seen).toEqual([
      [5, 1, 'x'],
      [nowMs, 0, undefined],
    ]);
    expect(nowMs - Date.parse('2026-11-21T09:00:00Z')).toBeLessThan(60_000);
  });

  test('is refused where the codec does not take it, with the place in it', async () => {
    const driver = await testDriver(enrich);
    const send = (value: unknown) => () => driver.topic(orders).send('a', value as z.input<typeof order>);
    expect(send({ cents: 3, quantity: 0 })).toThrow(
      expect.objectContaining({ code: 'PRC_TEST_RECORD_REFUSED', message: expect.stringMatching(/orders.*quantity/s) }),
    );
    expect(send(null)).toThrow('nullable');
    expect(() => driver.topic(orders).send(undefined as unknown as string, { cents: 3, quantity: 1 })).toThrow('key');
    await driver.settle();
    expect(driver.topic(enriched).records()).toEqual([]);
  });

  test('is refused where there is no such partition, or nobody would read it', async () => {
    const driver = await testDriver(enrich);
    const good = { cents: 3, quantity: 1 };
    expect(() => driver.topic(orders).send('a', good, { partition: 2 })).toThrow('partition 2 is not one of its 2');
    expect(() => driver.topic(orders).sendBytes(null, null, { partition: -1 })).toThrow('partition -1');
    expect(() => driver.topic(enriched).send('a', { unitCents: 1 })).toThrow(
      expect.objectContaining({ code: 'PRC_TEST_TOPIC_UNREAD', hint: expect.stringContaining('(orders)') }),
    );
  });

  test('as bytes is refused where it is none: a text would be as many zeros', async () => {
    const driver = await testDriver(enrich);
    expect(() => driver.topic(orders).sendBytes(Buffer.from('a'), 'hello' as unknown as Uint8Array)).toThrow(
      expect.objectContaining({
        code: 'PRC_TEST_RECORD_REFUSED',
        message: expect.stringContaining("'hello' is no bytes: Buffer.from('text') makes some"),
      }),
    );
  });

  test('goes round where it has no key', async () => {
    const driver = await testDriver(enrich);
    for (let i = 0; i < 4; i++) driver.topic(orders).sendBytes(null, null);
    await driver.settle();
    expect(driver.deadLetters().map((letter) => letter.headers.text('dlq.partition'))).toHaveLength(4);
    expect(new Set(driver.deadLetters().map((letter) => letter.headers.text('dlq.partition'))).size).toBe(2);
  });
});

test('a topic of nobody, something else than a topic, or one of the same name with other codecs is not found', async () => {
  const driver = await testDriver(enrich);
  const others = topic('others', { key: text(), value: text() });
  expect(() => driver.topic(others)).toThrow(expect.objectContaining({ code: 'PRC_TEST_TOPIC_UNKNOWN' }));
  expect(() => driver.topic(undefined as unknown as typeof others)).toThrow(
    expect.objectContaining({ code: 'PRC_OPTION_INVALID', hint: 'It takes what topic() makes.' }),
  );
  expect(() => driver.topic(topic('orders', { key: text(), value: text() }))).toThrow(
    expect.objectContaining({ code: 'PRC_TOPIC_DEFINED_TWICE', hint: expect.stringContaining('topics: [older]') }),
  );
});

describe('Avro needs no registry', () => {
  const first = { type: 'record', name: 'Price', fields: [{ name: 'cents', type: 'long' }] } as const;
  const second = {
    type: 'record',
    name: 'Price',
    fields: [
      { name: 'cents', type: 'long' },
      { name: 'currency', type: 'string', default: 'EUR' },
    ],
  } as const;
  const incompatible = {
    type: 'record',
    name: 'Price',
    fields: [
      { name: 'cents', type: 'long' },
      { name: 'currency', type: 'string' },
    ],
  } as const;

  const prices = topic('prices', { key: text(), value: avro(second) });
  const priced = topic('priced', { key: text(), value: avro(second) });
  const pass = processor({
    name: 'pass',
    input: prices,
    outputs: { priced },
    onError: { decode: deadLetter() },
    handle(price, { out }) {
      out.priced(price.key, price.value);
    },
  });

  test('a writer that is older than the reader is read by the rules of resolution', async () => {
    const olderPrices = topic('prices', { key: text(), value: avro(first) });
    const driver = await testDriver(pass, { topics: [olderPrices] });
    driver.topic(olderPrices).send('a', { cents: 300 });
    driver.topic(prices).send('b', { cents: 200, currency: 'USD' });
    await driver.settle();
    const found = driver.topic(priced).records();
    expect(new Map(found.map(({ key, value }) => [key, value.currency]))).toEqual(
      new Map([
        ['a', 'EUR'],
        ['b', 'USD'],
      ]),
    );
  });

  test('a reader that is older than the writer reads what it knows', async () => {
    const olderPriced = topic('priced', { key: text(), value: avro(first) });
    const driver = await testDriver(pass, { topics: [olderPriced] });
    driver.topic(prices).send('b', { cents: 200, currency: 'USD' });
    await driver.settle();
    expect(driver.topic(olderPriced).records()).toMatchObject([{ value: { cents: 200 } }]);
  });

  test('a schema that cannot read what the older one has written is refused, as a registry would', async () => {
    const newer = processor({
      name: 'newer',
      input: topic('prices', { key: text(), value: avro(incompatible) }),
      handle() {},
    });
    const olderPrices = topic('prices', { key: text(), value: avro(first) });
    await expect(testDriver(newer, { topics: [olderPrices] })).rejects.toMatchObject({
      code: 'PRC_SCHEMA_INCOMPATIBLE',
      message: expect.stringContaining("'prices-value'"),
    });
  });

  test('bytes of a schema that no registry knows, or of none, are dead letters', async () => {
    const driver = await testDriver(pass);
    driver.topic(prices).sendBytes(Buffer.from('a'), Buffer.from([0, 0, 0, 0, 99, 2]));
    driver.topic(prices).sendBytes(Buffer.from('a'), Buffer.from('{"cents":1}'));
    await driver.settle();
    expect(driver.deadLetters().map(({ headers }) => headers.text('dlq.failed'))).toEqual(['decode', 'decode']);
  });

  test('another definition of a topic that nobody has is refused', async () => {
    const others = topic('others', { key: text(), value: avro(first) });
    await expect(testDriver(pass, { topics: [others] })).rejects.toMatchObject({ code: 'PRC_TEST_TOPIC_UNKNOWN' });
  });
});

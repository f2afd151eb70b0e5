// The reference processor on a real broker and registry: good orders go through, bad ones go to the dead letters as they
// came, and each where it belongs among its neighbours.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTopics } from '../../../demo/topics.js';
import enrichOrders, { audit, enriched, orders } from '../../../processors/enrich-orders.js';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { readTopic, type TopicRecord } from '../../../src/adapters/confluent/topic-reader.js';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { deadLetterTopic } from '../../../src/core/topology.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/embedded/schema-registry/server.js';
import type { Fact } from '../../../src/engine/facts.js';
import { type App, start } from '../../../src/engine/start.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

const namespace = `${uniqueName('shop')}.`;
const customer = uniqueName('customer');
const deadLetters = deadLetterTopic(namespace, enrichOrders.name);
const brokers = testBrokers();
const facts: Fact[] = [];
let registry: EmbeddedRegistry;
let app: App;

beforeAll(async () => {
  registry = await startEmbeddedRegistry();
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
  await createTopics(kafka, [orders, enriched, audit, { name: deadLetters }]);
  await kafka.close();
  app = await start(enrichOrders, {
    brokers,
    namespace,
    registry: httpRegistry({ url: registry.url }),
    registerSchemas: true,
    onFact: (fact) => facts.push(fact),
  });
});
afterAll(async () => {
  await app.stop();
  await registry.stop();
});

test('bad orders go to the dead letters, their neighbours to both outputs, in order', async () => {
  const good = (orderId: number) =>
    JSON.stringify({ orderId, customerId: customer, date: '1997-01-18', quantity: 2, cents: 2973 });
  const bad = [good(2).replace('"quantity":2', '"quantity":0'), 'no JSON at all'];
  const values = [good(1), bad[0], good(3), bad[1], good(5)];
  await new RawKafka(brokers).produce(
    orders.name,
    values.map((value) => ({ value: value ?? '', key: customer, timestamp: 853545600000 })),
  );
  await expect.poll(() => count('record-dead-lettered'), { timeout: 20_000 }).toBe(2);
  await expect.poll(() => read(audit.name), { timeout: 20_000 }).toHaveLength(3);

  const audited = (await read(audit.name)).map(
    ({ value }) => JSON.parse(text(value)) as { orderId: number; at: number },
  );
  expect(audited.map(({ orderId }) => orderId)).toEqual([1, 3, 5]);
  expect(audited.every(({ at }) => at === 853545600000)).toBe(true);
  const enrichedRecords = await read(enriched.name);
  expect(enrichedRecords).toHaveLength(3);
  expect(enrichedRecords.every(({ timestamp }) => timestamp === 853545600000)).toBe(true);

  const letters = await read(deadLetters);
  expect(letters.map(({ value }) => text(value))).toEqual(bad);
  for (const { headers } of letters)
    expect(Object.fromEntries(headers.map(([name, value]) => [name, text(value)]))).toMatchObject({
      'dlq.topic': 'orders',
      'dlq.processor': 'enrich-orders',
      'dlq.failed': 'decode',
    });
});

/** This test's records of a topic, read_committed. */
async function read(topic: string): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  for await (const record of readTopic({ brokers, topic })) if (text(record.key) === customer) records.push(record);
  return records;
}

function count(kind: Fact['fact']): number {
  return facts.filter(({ fact }) => fact === kind).length;
}

function text(bytes: Uint8Array | null): string {
  return new TextDecoder().decode(bytes ?? new Uint8Array(0));
}

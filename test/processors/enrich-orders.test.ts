// The reference processor without a broker: what it makes of an order, and which orders it does not take.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import enrichOrders, { audit, enriched, type Order, orders } from '../../processors/enrich-orders.js';
import { httpRegistry } from '../../src/adapters/schema-registry/http-registry.js';
import { ByteSlab } from '../../src/core/byte-slab.js';
import type { Codec, SchemaRegistry, Serde } from '../../src/core/codec.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/embedded/schema-registry/server.js';

const order: Order = { orderId: 17, customerId: '00004', date: '1997-01-18', quantity: 2, cents: 2973 };

describe('an order', () => {
  test('is enriched with the price of one piece, and audited with the place that it comes from', () => {
    const emitted: unknown[] = [];
    const [{ source }] = enrichOrders.topology.subtopologies as [(typeof enrichOrders.topology.subtopologies)[0]];
    const handle = source.handler.handle as (record: object, context: object) => void;
    const record = { topic: 'orders', partition: 3, offset: 42, timestamp: 853545600000, key: '00004', value: order };
    handle(record, {
      out: {
        enriched: (...output: unknown[]) => emitted.push(['enriched', ...output]),
        audit: (...output: unknown[]) => emitted.push(['audit', ...output]),
      },
    });
    expect(emitted).toEqual([
      ['enriched', '00004', { ...order, unitCents: 1486.5 }],
      ['audit', '00004', { orderId: 17, at: 853545600000, source: 'orders/3@42' }],
    ]);
  });

  test.each([
    ['has no pieces', { ...order, quantity: 0 }],
    ['costs half a cent', { ...order, cents: 0.5 }],
    ['was never', { ...order, date: '1997-02-30' }],
    ['is of nobody', { ...order, customerId: undefined }],
    ['has no row', { ...order, orderId: 0 }],
  ])('that %s is none', async (_, value) => {
    const serde = await opened<Order>(orders.value, orders.name);
    const bytes = Buffer.from(JSON.stringify(value));
    expect(() => serde.decode(bytes, 0, bytes.length)).toThrow();
  });
});

describe('what is written', () => {
  let server: EmbeddedRegistry;
  let registry: SchemaRegistry;
  beforeAll(async () => {
    server = await startEmbeddedRegistry();
    registry = httpRegistry({ url: server.url });
  });
  afterAll(() => server.stop());

  test("is read again: Avro by its schema in the registry, under the topic's name", async () => {
    const written = { ...order, unitCents: 1486.5 };
    expect(await thereAndBack(enriched.value, enriched.name, written, registry)).toEqual(written);
    const response = await fetch(`${server.url}/subjects`);
    expect(await response.json()).toEqual(['enriched-orders-value']);
  });

  test('is read again: JSON', async () => {
    const written = { orderId: 17, at: 853545600000, source: 'orders/3@42' };
    expect(await thereAndBack(audit.value, audit.name, written, registry)).toEqual(written);
  });
});

test('all of its topics are kept for ever, and have partitions in common', () => {
  for (const { partitions, config } of [orders, enriched, audit])
    expect({ partitions, config }).toEqual({ partitions: 4, config: { 'retention.ms': '-1' } });
});

async function thereAndBack<T>(codec: Codec<T>, topic: string, value: T, registry: SchemaRegistry): Promise<T> {
  const sink = new ByteSlab(64);
  (await opened<T>(codec, topic, 'write', registry)).encode(value, sink);
  const reader = await opened<T>(codec, topic, 'read', registry);
  await reader.missing?.(sink.bytes, 0, sink.position);
  return reader.decode(sink.bytes, 0, sink.position);
}

async function opened<T>(
  codec: Codec<T>,
  topic: string,
  use: 'read' | 'write' = 'read',
  registry?: SchemaRegistry,
): Promise<Serde<T>> {
  return codec.open({ topic, part: 'value', use, registerSchemas: true, ...(registry ? { registry } : {}) });
}

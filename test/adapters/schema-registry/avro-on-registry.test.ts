// The Avro codec at its registry: what is looked up and registered at start, and records exchanged with other clients.

import { SchemaRegistry as KafkaJsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpRegistry } from '../../../src/adapters/schema-registry/http-registry.js';
import { avro } from '../../../src/codecs/avro.js';
import { ByteSlab } from '../../../src/core/byte-slab.js';
import type { Codec, CodecScope, SchemaRegistry, Serde } from '../../../src/core/codec.js';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/embedded/schema-registry/server.js';

let server: EmbeddedRegistry;
let registry: SchemaRegistry;
beforeEach(async () => {
  server = await startEmbeddedRegistry();
  registry = httpRegistry({ url: server.url });
});
afterEach(() => server.stop());

const order = avro({
  type: 'record',
  name: 'shop.Order',
  doc: 'What a customer bought.',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'tags', type: { type: 'array', items: 'string' }, default: [] },
    { name: 'note', type: ['null', 'string'], default: null, 'shop.pii': true },
  ],
});
const lean = avro({ type: 'record', name: 'shop.Order', fields: [{ name: 'id', type: 'long' }] });
const value = { id: 7, at: new Date(5), tags: ['a'], note: 'x' };

const scope = (change: Partial<CodecScope> = {}): CodecScope => ({
  topic: 'orders',
  part: 'value',
  use: 'write',
  registry,
  registerSchemas: false,
  ...change,
});
const open = async <R, W>(codec: Codec<R, W>, change: Partial<CodecScope> = {}) => codec.open(scope(change));
const versions = async (subject: string) => (await fetch(`${server.url}/subjects/${subject}/versions`)).json();

function encode<W>(serde: Serde<unknown, W>, written: W): Buffer {
  const slab = new ByteSlab(64);
  serde.encode(written, slab);
  return Buffer.from(slab.bytes.subarray(0, slab.position));
}

async function decode<R>(serde: Serde<R, never>, bytes: Uint8Array): Promise<R> {
  await serde.missing?.(bytes, 0, bytes.length);
  return serde.decode(bytes, 0, bytes.length);
}

describe('at start', () => {
  test('without a registry there is no Avro', async () => {
    const { registry: _none, ...without } = scope();
    await expect(Promise.resolve().then(() => order.open(without))).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_REGISTRY_MISSING',
        message: "the value of the topic 'orders' is Avro, and no schema registry is configured",
        hint: expect.stringMatching(/^Set SCHEMA_REGISTRY_URL .* start\(\) takes it as its option 'registry'/),
      }),
    );
  });

  test('a schema that nobody registered is a named error, and stays unregistered', async () => {
    await expect(open(order)).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_SCHEMA_NOT_REGISTERED',
        message: expect.stringContaining("'orders-value'"),
        hint: expect.stringContaining('--register-schemas'),
      }),
    );
    expect(await versions('orders-value')).toMatchObject({ error_code: 40401 });
  });

  test('it is registered where that is allowed, in the words of its author, once', async () => {
    await open(order, { registerSchemas: true });
    await open(order, { registerSchemas: true });
    await open(order);
    await open(order, { part: 'key', registerSchemas: true });
    expect(await versions('orders-value')).toEqual([1]);
    expect(await versions('orders-key')).toEqual([1]);
    const latest = (await (await fetch(`${server.url}/subjects/orders-value/versions/latest`)).json()) as {
      schema: string;
    };
    expect(latest.schema).toBe(order.schema);
    expect(latest.schema).toContain('"shop.pii":true');
  });

  test('a change that breaks readers is refused with the registry’s reason', async () => {
    await open(lean, { registerSchemas: true });
    await expect(open(order, { registerSchemas: true })).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_SCHEMA_INCOMPATIBLE', message: expect.stringContaining('shop.Order.at') }),
    );
  });

  test('a topic that is only read needs no schema of its own', async () => {
    await open(order, { use: 'read' });
    expect(await versions('orders-value')).toMatchObject({ error_code: 40401 });
  });

  test('a registry that does not answer is unreachable, not a missing schema', async () => {
    const gone = httpRegistry({ url: 'http://127.0.0.1:1', attempts: 1 });
    await expect(open(order, { registry: gone })).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_REGISTRY_UNREACHABLE' }),
    );
    const bytes = encode(await open(order, { registerSchemas: true }), value);
    const reader = await open(order, { use: 'read', registry: gone });
    await expect(reader.missing?.(bytes, 0, bytes.length)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_REGISTRY_UNREACHABLE' }),
    );
    // It was not remembered as unknown: the next batch asks again.
    await expect(reader.missing?.(bytes, 0, bytes.length)).rejects.toThrow(/PRC|gave no usable answer/);
  });
});

describe('records exchanged with another client of the registry', () => {
  test('what it wrote we read, with our own schema', async () => {
    const peer = new KafkaJsRegistry({ host: server.url });
    const { id } = await peer.register({ type: SchemaType.AVRO, schema: order.schema }, { subject: 'orders-value' });
    const bytes = await peer.encode(id, { ...value, at: value.at.getTime() });
    expect(await decode(await open(order, { use: 'read' }), bytes)).toEqual(value);
    expect(await decode(await open(lean, { use: 'read' }), bytes)).toEqual({ id: 7 });
  });

  test('what we wrote it reads', async () => {
    const bytes = encode(await open(order, { registerSchemas: true }), value);
    const peer = new KafkaJsRegistry({ host: server.url });
    expect(await peer.decode(bytes)).toEqual({ ...value, at: 5 });
  });

  test('a value of a schema that is not Avro says so', async () => {
    const body = JSON.stringify({ schemaType: 'JSON', schema: '{"type":"object"}' });
    const { id } = (await (await fetch(`${server.url}/subjects/j/versions`, { method: 'POST', body })).json()) as {
      id: number;
    };
    const bytes = Buffer.from([0, 0, 0, 0, id, 2]);
    await expect(decode(await open(order, { use: 'read' }), bytes)).rejects.toThrow(
      expect.objectContaining({
        code: 'PRC_SCHEMA_UNREADABLE',
        message: expect.stringContaining('not an Avro schema'),
      }),
    );
  });
});

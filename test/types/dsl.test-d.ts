import * as v from 'valibot';
import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  avro,
  type Batch,
  batchProcessor,
  bytes,
  type Codec,
  type Context,
  deadLetter,
  type EmitOptions,
  fail,
  float64,
  type Guarantee,
  type Headers,
  type InputRecord,
  int32,
  int64,
  json,
  jsonOf,
  nullable,
  type Processor,
  processor,
  type Reads,
  retry,
  skip,
  type Topic,
  type Topology,
  text,
  topic,
  type Writes,
} from '../../src/index.js';

const Order = z.object({ id: z.string(), cents: z.int(), quantity: z.int().default(1) });
const Payment = v.object({ orderId: v.string(), cents: v.optional(v.number(), 0) });

const orders = topic('orders', { key: text(), value: json(Order) });
const payments = topic('payments', { key: int64(), value: json(Payment) });
const customers = topic('customers', { key: nullable(int64()), value: nullable(json(Order)) });
const enriched = topic('enriched-orders', {
  key: text(),
  value: avro({
    type: 'record',
    name: 'EnrichedOrder',
    fields: [
      { name: 'id', type: 'string' },
      { name: 'unitCents', type: 'double' },
      { name: 'note', type: ['null', 'string'], default: null },
    ],
  }),
});

interface ReadOrder {
  id: string;
  cents: number;
  quantity: number;
}
interface WrittenOrder {
  id: string;
  cents: number;
  quantity?: number | undefined;
}

describe('a codec knows what it reads and what it takes', () => {
  test('of texts, numbers and bytes', () => {
    expectTypeOf(text()).toEqualTypeOf<Codec<string>>();
    expectTypeOf(int32()).toEqualTypeOf<Codec<number>>();
    expectTypeOf(int64()).toEqualTypeOf<Codec<bigint>>();
    expectTypeOf(float64()).toEqualTypeOf<Codec<number>>();
    expectTypeOf(bytes()).toEqualTypeOf<Codec<Uint8Array>>();
  });

  test('of a schema: its output is read, its input is taken', () => {
    expectTypeOf(json(Order)).toEqualTypeOf<Codec<ReadOrder, WrittenOrder>>();
    expectTypeOf(json(Payment)).toEqualTypeOf<
      Codec<{ orderId: string; cents: number }, { orderId: string; cents?: number | undefined }>
    >();
    expectTypeOf(json(z.string().transform(Number))).toEqualTypeOf<Codec<number, string>>();
  });

  test('of trust: what it was told', () => {
    expectTypeOf(jsonOf<{ id: string }>()).toEqualTypeOf<Codec<{ id: string }>>();
    expectTypeOf(jsonOf()).toEqualTypeOf<Codec<unknown>>();
  });

  test('of null: null or what it was made from', () => {
    expectTypeOf(nullable(text())).toEqualTypeOf<Codec<string | null>>();
    expectTypeOf(nullable(json(Order))).toEqualTypeOf<Codec<ReadOrder | null, WrittenOrder | null>>();
  });
});

describe('a topic knows its name and both its codecs', () => {
  test('as literal types', () => {
    expectTypeOf(orders).toEqualTypeOf<Topic<'orders', Codec<string>, Codec<ReadOrder, WrittenOrder>>>();
    expectTypeOf(orders.name).toEqualTypeOf<'orders'>();
  });

  test('from which one gets what is read and written', () => {
    expectTypeOf<Reads<typeof orders.value>>().toEqualTypeOf<ReadOrder>();
    expectTypeOf<Writes<typeof orders.value>>().toEqualTypeOf<WrittenOrder>();
    expectTypeOf<Reads<typeof customers.key>>().toEqualTypeOf<bigint | null>();
    expectTypeOf<Writes<typeof enriched.value>>().toEqualTypeOf<{
      id: string;
      unitCents: number;
      note?: string | null | undefined;
    }>();
  });
});

describe("a handler's types come from the topics", () => {
  test('of one input', () => {
    processor({
      name: 'enrich-orders',
      input: orders,
      outputs: { enriched, customers },
      handle(order, context) {
        expectTypeOf(order).toEqualTypeOf<InputRecord<typeof orders>>();
        expectTypeOf(order.topic).toEqualTypeOf<'orders'>();
        expectTypeOf(order.partition).toEqualTypeOf<number>();
        expectTypeOf(order.offset).toEqualTypeOf<number>();
        expectTypeOf(order.timestamp).toEqualTypeOf<number>();
        expectTypeOf(order.key).toEqualTypeOf<string>();
        expectTypeOf(order.value).toEqualTypeOf<ReadOrder>();
        expectTypeOf(order.headers).toEqualTypeOf<Headers>();
        expectTypeOf(context).toEqualTypeOf<Context<{ enriched: typeof enriched; customers: typeof customers }>>();
        expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
        expectTypeOf(context.out).toEqualTypeOf<{
          readonly enriched: (
            key: string,
            value: { id: string; unitCents: number; note?: string | null | undefined },
            options?: EmitOptions,
          ) => void;
          readonly customers: (key: bigint | null, value: WrittenOrder | null, options?: EmitOptions) => void;
        }>();
      },
    });
  });

  test('of several inputs, for each its own', () => {
    processor({
      name: 'settle',
      input: { orders, payments, customers },
      outputs: { enriched },
      handle: {
        orders(record, { out }) {
          expectTypeOf(record).toEqualTypeOf<InputRecord<typeof orders>>();
          expectTypeOf(out.enriched).parameter(0).toEqualTypeOf<string>();
        },
        async payments(record) {
          expectTypeOf(record.topic).toEqualTypeOf<'payments'>();
          expectTypeOf(record.key).toEqualTypeOf<bigint>();
          await Promise.resolve();
        },
        customers(record) {
          expectTypeOf(record.value).toEqualTypeOf<ReadOrder | null>();
        },
      },
    });
  });

  test('of a batch', () => {
    batchProcessor({
      name: 'price-orders',
      input: orders,
      outputs: { enriched },
      async handle(batch, { out }) {
        expectTypeOf(batch).toEqualTypeOf<Batch<typeof orders>>();
        expectTypeOf(batch.length).toEqualTypeOf<number>();
        expectTypeOf(batch.at(0)).toEqualTypeOf<InputRecord<typeof orders>>();
        for (const order of batch) expectTypeOf(order).toEqualTypeOf<InputRecord<typeof orders>>();
        await Promise.resolve(out);
      },
    });
    batchProcessor({
      name: 'settle',
      input: { orders, payments },
      handle: {
        orders(batch) {
          expectTypeOf(batch).toEqualTypeOf<Batch<typeof orders>>();
        },
        payments(batch) {
          expectTypeOf(batch).toEqualTypeOf<Batch<typeof payments>>();
        },
      },
    });
  });

  test('also where it is written elsewhere', () => {
    const handle = (order: InputRecord<typeof orders>, { out }: Context<{ enriched: typeof enriched }>): void =>
      out.enriched(order.key, { id: order.value.id, unitCents: 1 });
    processor({ name: 'p', input: orders, outputs: { enriched }, handle });
  });

  test('headers repeat, and so may those of an output', () => {
    processor({
      name: 'p',
      input: orders,
      outputs: { orders },
      feedsItself: true,
      handle({ key, value, headers }, { out }) {
        expectTypeOf(headers.get('a')).toEqualTypeOf<Uint8Array | undefined>();
        expectTypeOf(headers.getAll('a')).toEqualTypeOf<Uint8Array[]>();
        expectTypeOf(headers.text('a')).toEqualTypeOf<string | undefined>();
        for (const [name, bytesOfIt] of headers) {
          expectTypeOf(name).toEqualTypeOf<string>();
          expectTypeOf(bytesOfIt).toEqualTypeOf<Uint8Array>();
        }
        // What was read may be written, with all of its headers.
        out.orders(key, value, { headers: [...headers], timestamp: 0, partition: 3 });
        out.orders(key, value, { headers: { trace: 'abc', raw: new Uint8Array(1) } });
      },
    });
  });
});

describe('a processor', () => {
  test('carries what it was made from', () => {
    const settle = processor({
      name: 'settle',
      input: { orders, payments },
      outputs: { enriched },
      guarantee: 'at-least-once',
      start: 'latest',
      handlerTimeout: '1m',
      onError: {
        decode: deadLetter(),
        handle: retry({ times: 3, backoff: '200ms', otherwise: skip() }),
        encode: fail(),
      },
      handle: { orders() {}, payments() {} },
    });
    expectTypeOf(settle).toEqualTypeOf<
      Processor<'settle', { orders: typeof orders; payments: typeof payments }, { enriched: typeof enriched }>
    >();
    expectTypeOf(settle.topology).toEqualTypeOf<Topology>();
    expectTypeOf(settle.topology.guarantee).toEqualTypeOf<Guarantee>();
  });

  test('without outputs has nothing to emit to', () => {
    processor({
      name: 'p',
      input: orders,
      handle(_, { out }) {
        expectTypeOf<keyof typeof out>().toEqualTypeOf<never>();
      },
    });
  });
});

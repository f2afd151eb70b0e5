import { describe, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type AvroRead, type AvroWrite, avro, avroOf } from '../../src/codecs/avro.js';
import type { Codec } from '../../src/core/codec.js';

type Reads<C> = C extends Codec<infer R, never> ? R : never;
type Writes<C> = C extends Codec<infer _R, infer W> ? W : never;

describe('the types of an Avro schema', () => {
  test('a record of primitives is an object of what JavaScript calls them', () => {
    const order = avro({
      type: 'record',
      name: 'Order',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'customer', type: 'string' },
        { name: 'paid', type: 'boolean' },
        { name: 'weight', type: 'double' },
        { name: 'picture', type: 'bytes' },
      ],
    });
    expectTypeOf<Reads<typeof order>>().toEqualTypeOf<{
      id: number;
      customer: string;
      paid: boolean;
      weight: number;
      picture: Uint8Array;
    }>();
    expectTypeOf<Writes<typeof order>>().toEqualTypeOf<Reads<typeof order>>();
  });

  test('a field with a default may be left out when writing, and is always there when reading', () => {
    const schema = {
      type: 'record',
      name: 'Order',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'source', type: 'string', default: 'shop' },
      ],
    } as const;
    expectTypeOf<AvroRead<typeof schema>>().toEqualTypeOf<{ id: number; source: string }>();
    expectTypeOf<AvroWrite<typeof schema>>().toEqualTypeOf<{ id: number; source?: string | undefined }>();
  });

  test('undefined may be written where null may, so that what was optional elsewhere fits', () => {
    const order = avro({
      type: 'record',
      name: 'Order',
      fields: [
        { name: 'note', type: ['null', 'string'], default: null },
        { name: 'gift', type: ['null', 'boolean'] },
        { name: 'weight', type: ['null', 'int', 'double'] },
        { name: 'place', type: ['string', 'int'] },
      ],
    });
    type Weight = { int: number } | { double: number };
    expectTypeOf<Writes<typeof order>>().toEqualTypeOf<{
      note?: string | null | undefined;
      gift: boolean | null | undefined;
      weight: Weight | null | undefined;
      place: string | number;
    }>();
    expectTypeOf<Reads<typeof order>>().toEqualTypeOf<{
      note: string | null;
      gift: boolean | null;
      weight: Weight | null;
      place: string | number;
    }>();
    const validated = z.object({ note: z.string().optional(), gift: z.boolean().optional() });
    const { note, gift } = validated.parse({});
    expectTypeOf({ note, gift, weight: null, place: 1 }).toExtend<Writes<typeof order>>();
  });

  test('arrays, maps, enums and fixed', () => {
    const codec = avro({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'tags', type: { type: 'array', items: 'string' } },
        { name: 'counts', type: { type: 'map', values: 'int' } },
        { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] } },
        { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } },
      ],
    });
    expectTypeOf<Reads<typeof codec>>().toEqualTypeOf<{
      tags: string[];
      counts: Record<string, number>;
      state: 'NEW' | 'PAID';
      hash: Uint8Array;
    }>();
    // What is read may be written again, and so may what nobody can change.
    expectTypeOf<Reads<typeof codec>>().toExtend<Writes<typeof codec>>();
    expectTypeOf<readonly string[]>().toExtend<Writes<typeof codec>['tags']>();
  });

  test('long is a number unless bigint is asked for', () => {
    const number = avro({ type: 'array', items: 'long' });
    const bigint = avro({ type: 'array', items: 'long' }, { long: 'bigint' });
    expectTypeOf<Reads<typeof number>>().toEqualTypeOf<number[]>();
    expectTypeOf<Reads<typeof bigint>>().toEqualTypeOf<bigint[]>();
  });

  test('logical types', () => {
    const codec = avro({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'day', type: { type: 'int', logicalType: 'date' } },
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
        { name: 'exactlyAt', type: { type: 'long', logicalType: 'timestamp-micros' } },
        { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
        { name: 'ref', type: { type: 'string', logicalType: 'uuid' } },
        { name: 'opens', type: { type: 'int', logicalType: 'time-millis' } },
        { name: 'other', type: { type: 'string', logicalType: 'somebodys-own' } },
      ],
    });
    expectTypeOf<Reads<typeof codec>>().toEqualTypeOf<{
      day: string;
      at: Date;
      exactlyAt: number;
      price: string;
      ref: string;
      opens: number;
      other: string;
    }>();
  });

  test('a name stands for what the schema defines under it, in the namespace around it', () => {
    const codec = avro({
      type: 'record',
      name: 'Order',
      namespace: 'shop',
      fields: [
        {
          name: 'billing',
          type: { type: 'record', name: 'Address', fields: [{ name: 'street', type: 'string' }] },
        },
        { name: 'shipping', type: 'Address' },
        { name: 'former', type: { type: 'array', items: 'shop.Address' } },
      ],
    });
    interface Address {
      street: string;
    }
    expectTypeOf<Reads<typeof codec>>().toEqualTypeOf<{ billing: Address; shipping: Address; former: Address[] }>();
  });

  test('a schema may contain itself', () => {
    const codec = avro({
      type: 'record',
      name: 'Category',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'parent', type: ['null', 'Category'] },
      ],
    });
    type Category = Reads<typeof codec>;
    expectTypeOf<Category['parent']>().toEqualTypeOf<Category | null>();
    expectTypeOf<NonNullable<NonNullable<Category['parent']>['parent']>['name']>().toEqualTypeOf<string>();
  });

  test('a union that JavaScript can tell apart is the union of its branches', () => {
    const codec = avro(['null', 'string', 'long', { type: 'array', items: 'string' }]);
    expectTypeOf<Reads<typeof codec>>().toEqualTypeOf<null | string | number | string[]>();
    const dated = avro(['string', { type: 'long', logicalType: 'timestamp-millis' }, 'long']);
    expectTypeOf<Reads<typeof dated>>().toEqualTypeOf<string | Date | number>();
  });

  test('a union that it cannot tell apart wraps each branch in its name', () => {
    const events = avro([
      { type: 'record', name: 'Placed', namespace: 'shop', fields: [{ name: 'id', type: 'long' }] },
      { type: 'record', name: 'Shipped', fields: [{ name: 'id', type: 'long' }] },
    ]);
    expectTypeOf<Reads<typeof events>>().toEqualTypeOf<
      { 'shop.Placed': { id: number } } | { Shipped: { id: number } }
    >();
    const numbers = avro(['null', 'int', 'double']);
    expectTypeOf<Reads<typeof numbers>>().toEqualTypeOf<null | { int: number } | { double: number }>();
    const longs = avro(['long', 'int'], { long: 'bigint' });
    expectTypeOf<Reads<typeof longs>>().toEqualTypeOf<bigint | number>();
  });

  test('avroOf takes any object and the type that it is told', () => {
    const schema: object = JSON.parse('"string"');
    expectTypeOf(avroOf<{ id: number }>(schema)).toExtend<Codec<{ id: number }>>();
  });
});

describe('what is refused', () => {
  test('a type that does not exist', () => {
    // @ts-expect-error -- 'strng' is neither an Avro type nor a name that this schema defines
    const _typo = () => avro({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'strng' }] });
    // @ts-expect-error -- 'm.R' is a name of another namespace
    const _elsewhere = () => avro([{ type: 'fixed', name: 'R', namespace: 'n', size: 1 }, 'm.R']);
    // @ts-expect-error -- an array needs items
    const _items = () => avro({ type: 'array' });
    // @ts-expect-error -- only numbers and bigints
    const _long = () => avro('long', { long: 'string' });
  });

  test('attributes of the author’s own are welcome', () => {
    const codec = avro({
      type: 'record',
      name: 'R',
      'connect.name': 'r',
      fields: [{ name: 'a', type: 'int', pii: true }],
    });
    expectTypeOf<Reads<typeof codec>>().toEqualTypeOf<{ a: number }>();
  });

  test('the literal of a schema whose types were widened', () => {
    const widened = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] };
    // @ts-expect-error -- its types are only known at run time
    const _widened = () => avro(widened);
  });

  test('values of another type', () => {
    const codec = avro({
      type: 'record',
      name: 'R',
      fields: [{ name: 'a', type: { type: 'enum', name: 'E', symbols: ['X'] } }],
    });
    type Write = Writes<typeof codec>;
    expectTypeOf<{ a: 'Y' }>().not.toExtend<Write>();
    expectTypeOf<{ a: null }>().not.toExtend<Write>();
    expectTypeOf<Record<never, never>>().not.toExtend<Write>();
  });
});

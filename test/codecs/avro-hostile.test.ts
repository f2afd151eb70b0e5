import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { avroOf } from '../../src/codecs/avro.js';
import { depthMax, emptyItemsMax } from '../../src/codecs/avro-tap.js';
import { type Desk, decode, encode, hex, openDesk } from './avro-harness.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const list = { type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] };
const tree = { type: 'record', name: 'Tree', fields: [{ name: 'kids', type: { type: 'array', items: 'Tree' } }] };
const nothing = { type: 'record', name: 'Nothing', fields: [] };
const arrayOf = (items: unknown) => ({ type: 'array', items });
const wide = {
  type: 'record',
  name: 'W',
  fields: [
    { name: 'a', type: arrayOf('int') },
    { name: 'b', type: 'int' },
  ],
};
const narrow = { type: 'record', name: 'W', fields: [{ name: 'b', type: 'int' }] };

/** A varint of this many bytes that does not end before its last one. */
const endless = (length: number) => Buffer.concat([Buffer.alloc(length - 1, 0x80), Buffer.from([0])]);

describe('bytes that mean harm are a decode failure, quickly', () => {
  test.each([
    ['20 million nulls in 5 bytes', arrayOf('null'), hex('80dac40900'), 'more than its bytes can hold'],
    ['the same, with a block size', arrayOf('null'), hex('ffd9c4090000'), 'more than its bytes can hold'],
    ['20 million empty records', arrayOf(nothing), hex('80dac40900'), 'more than its bytes can hold'],
    [
      'a million nulls a thousand times',
      arrayOf(arrayOf('null')),
      Buffer.concat([hex('d00f'), Buffer.alloc(3000, hex('c0843d'))]),
      'more than its bytes can hold',
    ],
    ['2^31 nulls in 6 bytes', arrayOf('null'), hex('808080801000'), 'more than its bytes can hold'],
    ['2^31 ints in 6 bytes', arrayOf('int'), hex('808080801000'), 'more than its bytes can hold'],
    ['2^50 ints', arrayOf('int'), hex('8080808080808002'), 'more than its bytes can hold'],
    ['2^50 entries', { type: 'map', values: 'int' }, hex('8080808080808002'), 'more than its bytes can hold'],
    ['2^63 ints', arrayOf('int'), hex('feffffffffffffffff01'), 'beyond 2^53'],
    [
      'a list of 20,000 nodes',
      list,
      Buffer.concat([Buffer.alloc(20_000, 2), hex('00')]),
      `nested more than ${depthMax} deep`,
    ],
    [
      'a tree of 20,000 levels',
      tree,
      Buffer.concat([Buffer.alloc(20_000, 2), Buffer.alloc(20_000)]),
      `nested more than ${depthMax} deep`,
    ],
    [
      'a record in itself without end',
      { type: 'record', name: 'A', fields: [{ name: 'a', type: 'A' }] },
      hex(''),
      'Maximum call stack',
    ],
    ['a text of 2^40 bytes', 'string', hex('808080808040'), 'cut off'],
    ['bytes whose length has 200 bytes', 'bytes', endless(200), 'more than ten bytes'],
    ['a text whose length has 200 bytes', 'string', endless(200), 'more than ten bytes'],
    ['a long of a million bytes', 'long', Buffer.alloc(1_000_000, 0xff), 'more than ten bytes'],
    [
      'a decimal of a megabyte',
      { type: 'bytes', logicalType: 'decimal', precision: 4 },
      Buffer.concat([hex('80897a'), Buffer.alloc(1_000_000, 1)]),
      'in 1000000 bytes',
    ],
  ])('%s', async (_story, schema, bytes, problem) => {
    const reader = await desk.reader(avroOf<unknown>(schema));
    const written = await desk.written(schema, bytes);
    await expect(decode(reader, written)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_AVRO_MALFORMED', message: expect.stringContaining(problem) }),
    );
  });

  test.each([
    ['a block that is passed over and points backwards', hex('01 01 02 00')],
    ['a block that is passed over and points behind the end', hex('01 8008 00 02')],
    ['a block of 2^50 items that is passed over', hex('8080808080808002')],
  ])('%s', async (_story, bytes) => {
    const reader = await desk.reader(avroOf<unknown>(narrow));
    await expect(decode(reader, await desk.written(wide, bytes))).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_AVRO_MALFORMED' }),
    );
  });

  test('a record that runs past its end does not read its neighbour', async () => {
    const serde = await desk.writer(avroOf<unknown>('string'));
    const good = encode(serde, 'abc');
    const both = Buffer.concat([good, good]);
    await serde.missing?.(both, 0, good.length);
    expect(() => serde.decode(both, 0, good.length - 1)).toThrow(/cut off/);
    both[5] = 2 * 9;
    expect(() => serde.decode(both, 0, good.length)).toThrow(/cut off/);
    expect(serde.decode(both, good.length, both.length)).toBe('abc');
  });

  test('what is large and honest is read', async () => {
    const array = await desk.writer(avroOf<unknown>(arrayOf('boolean')));
    const flags = Array.from({ length: 100_000 }, (_, i) => i % 3 === 0);
    expect(await decode(array, encode(array, flags))).toEqual(flags);
    const nulls = await desk.writer(avroOf<unknown>(arrayOf('null')));
    const many = Array.from({ length: emptyItemsMax }, () => null);
    expect(await decode(nulls, encode(nulls, many))).toEqual(many);
    const deep = await desk.writer(avroOf<unknown>(list));
    const nodes = Array.from({ length: depthMax - 1 }).reduce((next) => ({ next }), { next: null });
    expect(encode(deep, await decode(deep, encode(deep, nodes)))).toEqual(encode(deep, nodes));
  });
});

describe('whatever the bytes are', () => {
  const everything = {
    type: 'record',
    name: 'Everything',
    fields: [
      { name: 'bytes', type: 'bytes' },
      { name: 'fixed', type: { type: 'fixed', name: 'F', size: 3 } },
      { name: 'text', type: ['null', 'string'] },
      { name: 'items', type: arrayOf({ type: 'map', values: ['int', 'double', 'null', 'Everything'] }) },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 } },
      { name: 'kind', type: { type: 'enum', name: 'K', symbols: ['A', 'B'] } },
      { name: 'flag', type: 'boolean' },
      { name: 'float', type: 'float' },
    ],
  };
  const narrowed = {
    ...everything,
    fields: everything.fields.filter(({ name }) => !['items', 'bytes'].includes(name)),
  };
  const value = {
    bytes: hex('0102'),
    fixed: hex('010203'),
    text: 'text',
    items: [{ a: { int: 1 }, b: null }, {}],
    at: new Date(1),
    price: '1.00',
    kind: 'B',
    flag: true,
    float: 0.5,
  };

  test('decoding gives a value or a named error, and later values are not spoiled', async () => {
    const serde = await desk.writer(avroOf<unknown>(everything));
    const evolved = await desk.reader(avroOf<unknown>(narrowed));
    const good = encode(serde, value);
    expect(await decode(serde, good)).toEqual(value);
    await decode(evolved, good);
    const mutation = fc.record({ at: fc.nat(good.length - 6), bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) });
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(mutation, { minLength: 1, maxLength: 4 }).map((mutations) => {
        const body = good.slice(5);
        for (const { at, bytes } of mutations) body.set(bytes.subarray(0, body.length - at), at);
        return body;
      }),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const bytes = Buffer.concat([good.subarray(0, 5), body]);
        for (const reader of [serde, evolved]) {
          try {
            reader.decode(bytes, 0, bytes.length);
          } catch (error) {
            expect(error).toMatchObject({ code: 'PRC_AVRO_MALFORMED' });
          }
        }
        expect(serde.decode(good, 0, good.length)).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  }, 60_000);
});

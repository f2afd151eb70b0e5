import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { avro, avroOf } from '../../src/codecs/avro.js';
import { ByteSlab } from '../../src/core/byte-slab.js';
import { type Desk, decode, encode, hex, openDesk } from './avro-harness.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

describe('bytes by hand, from the Avro specification', () => {
  const record = {
    type: 'record',
    name: 'test',
    fields: [
      { name: 'a', type: 'long' },
      { name: 'b', type: 'string' },
    ],
  } as const;

  test.each([
    ['long', 0, '00'],
    ['long', -1, '01'],
    ['long', 1, '02'],
    ['long', -64, '7f'],
    ['long', 64, '8001'],
    ['long', 2 ** 31, '8080808010'],
    ['long', Number.MAX_SAFE_INTEGER, 'feffffffffffff1f'],
    ['long', Number.MIN_SAFE_INTEGER, 'fdffffffffffff1f'],
    ['int', -(2 ** 31), 'ffffffff0f'],
    ['int', 2 ** 31 - 1, 'feffffff0f'],
    ['boolean', true, '01'],
    ['float', 1.5, '0000c03f'],
    ['double', 1.5, '000000000000f83f'],
    ['string', 'foo', '06666f6f'],
    ['bytes', hex('ff00'), '04ff00'],
    ['null', null, ''],
    [record, { a: 27, b: 'foo' }, '3606666f6f'],
    [{ type: 'array', items: 'long' }, [3, 27], '04063600'],
    [{ type: 'map', values: 'int' }, { k: 1 }, '02026b0200'],
    [['null', 'string'], 'a', '020261'],
    [['null', 'string'], null, '00'],
    [{ type: 'enum', name: 'Foo', symbols: ['A', 'B', 'C', 'D'] }, 'D', '06'],
    [{ type: 'fixed', name: 'F', size: 2 }, hex('0102'), '0102'],
    [{ type: 'int', logicalType: 'date' }, '1970-01-02', '02'],
    [{ type: 'int', logicalType: 'date' }, '1969-12-31', '01'],
    [{ type: 'int', logicalType: 'date' }, '2024-02-29', '8cb502'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, new Date(1), '02'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 1_000_001, '82897a'],
    [{ type: 'int', logicalType: 'time-millis' }, 1, '02'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, '12.50', '0404e2'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, '-0.01', '02ff'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 4 }, '128', '040080'],
    [{ type: 'fixed', name: 'D', size: 4, logicalType: 'decimal', precision: 4, scale: 2 }, '-12.50', 'fffffb1e'],
    [{ type: 'string', logicalType: 'uuid' }, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6', undefined],
    [
      { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' },
      'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      'f81d4fae7dec11d0a76500a0c91e6bf6',
    ],
  ])('%j: %s is %s', async (schema, value, bytes) => {
    const serde = await desk.writer(avroOf<unknown>(schema));
    const written = encode(serde, value);
    if (bytes !== undefined) expect(written.subarray(5)).toEqual(hex(bytes));
    expect(await decode(serde, written)).toEqual(value);
  });

  test.each([
    [0n, '00'],
    [-1n, '01'],
    [2n ** 63n - 1n, 'feffffffffffffffff01'],
    [-(2n ** 63n), 'ffffffffffffffffff01'],
  ])('a long as a bigint: %s is %s', async (value, bytes) => {
    const serde = await desk.writer(avro('long', { long: 'bigint' }));
    expect(encode(serde, value).subarray(5)).toEqual(hex(bytes));
    expect(await decode(serde, encode(serde, value))).toBe(value);
  });

  test('the header names the schema', async () => {
    const serde = await desk.writer(avro('string'));
    const bytes = encode(serde, 'a');
    const id = new DataView(bytes.buffer).getInt32(1);
    expect(bytes[0]).toBe(0);
    expect(await desk.registry.schemaById(id)).toBe('"string"');
  });
});

describe('values', () => {
  test('what has a default may be left out', async () => {
    const serde = await desk.writer(
      avro({
        type: 'record',
        name: 'Order',
        fields: [
          { name: 'id', type: 'int' },
          { name: 'tags', type: { type: 'array', items: 'string' }, default: ['new'] },
          { name: 'picture', type: 'bytes', default: '\u00ff' },
          { name: 'note', type: ['null', 'string'], default: null },
        ],
      }),
    );
    const order = await decode(serde, encode(serde, { id: 1 }));
    expect(order).toEqual({ id: 1, tags: ['new'], picture: hex('ff'), note: null });
  });

  test('undefined is the default of its field, else null where its union has that', async () => {
    const serde = await desk.writer(
      avro({
        type: 'record',
        name: 'Order',
        fields: [
          { name: 'note', type: ['null', 'string'], default: null },
          { name: 'source', type: ['string', 'null'], default: 'shop' },
          { name: 'gift', type: ['null', 'boolean'] },
          { name: 'weight', type: ['null', 'int', 'double'] },
        ],
      }),
    );
    const nothing = { note: undefined, source: undefined, gift: undefined, weight: undefined };
    const order = await decode(serde, encode(serde, nothing));
    expect(order).toEqual({ note: null, source: 'shop', gift: null, weight: null });
  });

  test('undefined is refused where there is neither default nor null', async () => {
    const serde = await desk.writer(
      avroOf<object>({ type: 'record', name: 'Order', fields: [{ name: 'id', type: ['int', 'string'] }] }),
    );
    expect(() => encode(serde, { id: undefined })).toThrow(/id should be int or string and is missing/);
  });

  test('a record is a plain object', async () => {
    const serde = await desk.writer(
      avroOf<object>({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }),
    );
    expect(await decode(serde, encode(serde, { a: 1 }))).toStrictEqual({ a: 1 });
  });

  test('a union of records wraps each of them in its name', async () => {
    const serde = await desk.writer(
      avro([
        'null',
        { type: 'record', name: 'Placed', fields: [{ name: 'id', type: 'int' }] },
        { type: 'record', name: 'shop.Shipped', fields: [{ name: 'id', type: 'int' }] },
      ]),
    );
    for (const event of [null, { Placed: { id: 1 } }, { 'shop.Shipped': { id: 2 } }]) {
      expect(await decode(serde, encode(serde, event))).toEqual(event);
    }
  });

  test('bytes that were read do not change with the buffer they were read from', async () => {
    const serde = await desk.writer(avro('bytes'));
    const bytes = encode(serde, hex('0102'));
    const value = await decode(serde, bytes);
    bytes.fill(0);
    expect(value).toEqual(hex('0102'));
    expect(Buffer.isBuffer(value)).toBe(false);
  });

  test('values stand one after another in a slab that grows, and are read in place', async () => {
    const serde = await desk.writer(avro({ type: 'array', items: 'string' }));
    const values = Array.from({ length: 50 }, (_, i) => Array.from({ length: i * i }, (_item, k) => `${i}/${k}`));
    const slab = new ByteSlab(1);
    const ends = values.map((value) => {
      serde.encode(value, slab);
      return slab.position;
    });
    await serde.missing?.(slab.bytes, 0, slab.position);
    values.forEach((value, i) => {
      expect(serde.decode(slab.bytes, ends[i - 1] ?? 0, ends[i] as number)).toEqual(value);
    });
  });

  test('a map may have any keys but one', async () => {
    const serde = await desk.writer(avro({ type: 'map', values: 'int' }));
    const map = { constructor: 1, toString: 2, '': 3, 'ключ 🔑': 4 };
    expect(await decode(serde, encode(serde, map))).toEqual(map);
    expect(() => encode(serde, JSON.parse('{"__proto__": 1}'))).toThrow(/should be an object of values by key/);
  });
});

describe('a value that does not fit', () => {
  const codec = avroOf<unknown>({
    type: 'record',
    name: 'shop.Order',
    fields: [
      { name: 'id', type: 'int' },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] }, default: 'NEW' },
      { name: 'lines', type: { type: 'array', items: { type: 'map', values: ['null', 'long'] } }, default: [] },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }, default: '\u0000' },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
      { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 }, default: '\u0000\u0000' },
      { name: 'kind', type: ['int', 'double'], default: 0 },
    ],
  });

  test.each([
    [{}, 'id should be an int (a whole number of 32 bits) and is missing'],
    [{ id: '1' }, 'id should be an int (a whole number of 32 bits) and is a string'],
    [{ id: 1.5 }, 'id should be an int (a whole number of 32 bits) and is a number that is not whole'],
    [{ id: 2 ** 40 }, 'id should be an int (a whole number of 32 bits) and is another whole number'],
    [{ id: 1, state: 'GONE' }, "state should be 'NEW' or 'PAID' and is 'GONE'"],
    [{ id: 1, state: 'toString' }, "state should be 'NEW' or 'PAID' and is 'toString'"],
    [{ id: 1, lines: [{ a: 1 }, { b: 1, c: 'x' }] }, 'lines.1.c should be null or long and is a string'],
    [
      { id: 1, lines: [{ a: 2 ** 53 }] },
      'lines.0.a should be a long (a whole number up to 2^53) and is another whole number',
    ],
    [{ id: 1, lines: {} }, 'lines should be an array and is a Object'],
    [
      { id: 1, price: '1.234' },
      'price should be a decimal text of at most 2 digits before the point and 2 behind it and is a string',
    ],
    [
      { id: 1, price: '123' },
      'price should be a decimal text of at most 2 digits before the point and 2 behind it and is a string',
    ],
    [{ id: 1, at: new Date('x') }, 'at should be a valid Date and is a Date'],
    [{ id: 1, hash: hex('01') }, 'hash should be a Uint8Array of 2 bytes and is a Uint8Array'],
    [{ id: 1, kind: 1 }, 'kind should be { int: … } or { double: … } and is another whole number'],
    [
      { id: 1, kind: { int: 1.5 } },
      'kind.int should be an int (a whole number of 32 bits) and is a number that is not whole',
    ],
    [null, 'should be an object (shop.Order) and is null'],
    [undefined, 'should be an object (shop.Order) and is missing'],
  ])('%j: %s', async (value, problem) => {
    const serde = await desk.writer(codec);
    expect(() => encode(serde, value)).toThrow(
      expect.objectContaining({
        code: 'PRC_AVRO_VALUE_INVALID',
        message: `the value does not fit the Avro schema shop.Order: ${problem}`,
      }),
    );
  });

  test('the value itself is not in the message', async () => {
    const serde = await desk.writer(codec);
    expect(() => encode(serde, { id: 'a secret' })).toThrow(expect.not.stringContaining('a secret'));
  });

  test('a value that contains itself', async () => {
    const serde = await desk.writer(
      avroOf<unknown>({ type: 'record', name: 'Node', fields: [{ name: 'next', type: ['null', 'Node'] }] }),
    );
    const node = { next: {} };
    node.next = node;
    expect(() => encode(serde, node)).toThrow(/nested too deeply, or contains itself/);
  });
});

describe('a schema that is none', () => {
  test.each([
    [{ type: 'record', name: 'R', fields: [{ name: 'a', type: 'strng' }] }, 'undefined type name: strng'],
    [{ type: 'record', fields: [] }, 'missing name'],
    [{ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', default: 'x' }] }, 'incompatible field default'],
    [{ type: 'record', name: 'R"]', fields: [] }, 'invalid name'],
    [['string', 'string'], 'the same branch twice'],
    [[], 'a union without branches'],
    [['null', ['string']], 'a union directly in a union'],
    [{ type: 'bytes', logicalType: 'decimal', scale: 2 }, 'needs a precision'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 2, scale: 3 }, 'the scale of a decimal'],
    [{ type: 'fixed', name: 'F', size: 2, logicalType: 'decimal', precision: 9 }, 'does not fit in 2 bytes'],
    [{ type: 'string', logicalType: 'date' }, 'a date cannot be stored in string'],
    [{ name: 'x' }, 'has no type'],
    [null, 'invalid type: null'],
  ])('%j: %s', (schema, problem) => {
    expect(() => avroOf(schema as object)).toThrow(
      expect.objectContaining({ code: 'PRC_SCHEMA_INVALID', message: expect.stringContaining(problem) }),
    );
  });
});

describe('bytes that are no value', () => {
  test('of another format', async () => {
    const serde = await desk.writer(avro('string'));
    await expect(decode(serde, Buffer.from('{"a":1}'))).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_AVRO_NOT_FRAMED' }),
    );
    await expect(decode(serde, new Uint8Array())).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_AVRO_NOT_FRAMED' }),
    );
  });

  test.each([
    ['string', '06666f', 'the value is cut off'],
    ['long', '80', 'the value is cut off'],
    ['boolean', '', 'the value is cut off'],
    ['double', '00000000000000', 'the value is cut off'],
    ['string', '06666f6f6f', '1 bytes are left over'],
    ['string', '05', 'a length is negative'],
    ['int', '8080808010', 'an int has more than 32 bits'],
    ['long', 'fefffffffffffffff101', 'beyond 2^53'],
    ['long', '80808080808080808080808001', 'more than ten bytes'],
    [['null', 'int'], '04', 'branch 2 of a union of 2'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, '02', 'invalid E enum index: 1'],
    [{ type: 'map', values: 'int' }, '02125f5f70726f746f5f5f0200', 'the key __proto__'],
    [{ type: 'int', logicalType: 'date' }, 'feffffff0f', 'beyond what a Date can hold'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 2 }, '0403e8', 'more than 2 digits'],
  ])('%j: %s (%s)', async (schema, bytes, problem) => {
    const serde = await desk.reader(avroOf<unknown>(schema));
    await expect(decode(serde, await desk.written(schema, bytes))).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_AVRO_MALFORMED', message: expect.stringContaining(problem) }),
    );
  });
});

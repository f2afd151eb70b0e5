import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { avro, avroOf } from '../../src/codecs/avro.js';
import { type Desk, decode, encode, openDesk } from './avro-harness.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const record = (fields: readonly object[], rest: object = {}) => ({ type: 'record', name: 'R', fields, ...rest });
const field = (name: string, type: unknown, rest: object = {}) => ({ name, type, ...rest });
const millis = { type: 'long', logicalType: 'timestamp-millis' };
const micros = { type: 'long', logicalType: 'timestamp-micros' };
const decimal = (precision: number, scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision, scale });
const inner = (name: string) => ({ ...record([field(name, 'int')]), name: 'I' });
const enumOf = (...symbols: string[]) => ({ type: 'enum', name: 'E', symbols });

/** What a producer wrote with one schema, as a reader with another sees it. */
async function reread(written: unknown, writer: unknown, reader: unknown, options = {}): Promise<unknown> {
  const serde = await desk.writer(avroOf<unknown>(writer as object));
  return decode(await desk.reader(avroOf<unknown>(reader as object, options)), encode(serde, written));
}

describe('what was written with another version of the schema', () => {
  test.each([
    [
      'a new field gets its default',
      { a: 1 },
      record([field('a', 'int')]),
      record([field('a', 'int'), field('b', 'string', { default: 'x' })]),
      { a: 1, b: 'x' },
    ],
    [
      'a field that is gone is passed over',
      { a: [[1], []], b: 2 },
      record([field('a', { type: 'array', items: { type: 'array', items: 'int' } }), field('b', 'int')]),
      record([field('b', 'int')]),
      { b: 2 },
    ],
    [
      'a map that is gone is passed over',
      { a: { k: 'v' }, b: 2 },
      record([field('a', { type: 'map', values: 'string' }), field('b', 'int')]),
      record([field('b', 'int')]),
      { b: 2 },
    ],
    [
      'fields are found by name, not by place',
      { a: 1, b: 'x' },
      record([field('a', 'int'), field('b', 'string')]),
      record([field('b', 'string'), field('a', 'int')]),
      { a: 1, b: 'x' },
    ],
    [
      'a field under its former name',
      { old: 1 },
      record([field('old', 'int')]),
      record([field('new', 'int', { aliases: ['old'] })]),
      { new: 1 },
    ],
    [
      'a record under its former name',
      { a: 1 },
      record([field('a', 'int')]),
      { ...record([field('a', 'int')]), name: 'Q', aliases: ['R'] },
      { a: 1 },
    ],
    [
      'a record in another namespace',
      { a: 1 },
      record([field('a', 'int')], { namespace: 'com.acme' }),
      record([field('a', 'int')]),
      { a: 1 },
    ],
    ['int becomes long', 5, 'int', 'long', 5],
    ['int becomes double', 5, 'int', 'double', 5],
    ['long becomes double', 5, 'long', 'double', 5],
    ['float becomes double', 0.5, 'float', 'double', 0.5],
    ['string becomes bytes', 'ab', 'string', 'bytes', new Uint8Array([97, 98])],
    ['bytes become string', new Uint8Array([97, 98]), 'bytes', 'string', 'ab'],
    ['a value becomes optional', 5, 'int', ['null', 'int'], 5],
    ['an optional value that is there', 'x', ['null', 'string'], 'string', 'x'],
    [
      'the branch of the same type goes before one it could become',
      { long: 5 },
      ['long', 'int', 'double'],
      ['double', 'long', 'int'],
      { long: 5 },
    ],
    ['branches in another order', 'x', ['null', 'string'], ['string', 'null'], 'x'],
    ['a value in a union that needs names', 5, 'int', ['null', 'int', 'double'], { int: 5 }],
    ['an enum with more symbols', 'A', enumOf('A'), enumOf('B', 'A'), 'A'],
    ['a symbol that is gone becomes the default', 'C', enumOf('A', 'C'), { ...enumOf('A', 'B'), default: 'B' }, 'B'],
    ['a known symbol where others are not', 'A', enumOf('A', 'C'), enumOf('A', 'B'), 'A'],
    ['a number gets a meaning', 5, 'long', millis, new Date(5)],
    ['an int gets the meaning of a long', 5, 'int', millis, new Date(5)],
    ['a number loses its meaning', new Date(5), millis, 'long', 5],
    ['a decimal of the same digits', '1.50', decimal(4, 2), decimal(4, 2), '1.50'],
    ['a date in a union', new Date(5), millis, ['null', millis], new Date(5)],
    [
      'items evolve too',
      [{ a: 1 }],
      { type: 'array', items: record([field('a', 'int')]) },
      { type: 'array', items: record([field('a', 'long'), field('b', 'int', { default: 0 })]) },
      [{ a: 1, b: 0 }],
    ],
  ])('%s', async (_story, written, writer, reader, read) => {
    expect(await reread(written, writer, reader)).toEqual(read);
  });

  test('a recursive schema evolves at every level', async () => {
    const tree = (more: readonly object[]) =>
      record([field('n', 'int'), field('kids', { type: 'array', items: 'R' }), ...more]);
    const written = {
      n: 1,
      kids: [
        { n: 2, kids: [] },
        { n: 3, kids: [{ n: 4, kids: [] }] },
      ],
    };
    const read = await reread(written, tree([]), tree([field('tag', 'string', { default: 't' })]));
    expect(read).toEqual({
      n: 1,
      tag: 't',
      kids: [
        { n: 2, tag: 't', kids: [] },
        { n: 3, tag: 't', kids: [{ n: 4, tag: 't', kids: [] }] },
      ],
    });
  });

  test('a long as a bigint, from an int and from a long', async () => {
    expect(await reread(5, 'int', 'long', { long: 'bigint' })).toBe(5n);
    expect(await reread(5, 'long', 'long', { long: 'bigint' })).toBe(5n);
  });

  test('two versions in one batch, each read by its own', async () => {
    const v1 = await desk.writer(avro({ type: 'record', name: 'R', fields: [{ name: 'a', type: 'int' }] }));
    const v2 = await desk.writer(
      avro({
        type: 'record',
        name: 'R',
        fields: [
          { name: 'b', type: 'string' },
          { name: 'a', type: 'long' },
        ],
      }),
    );
    const reader = await desk.reader(
      avro({
        type: 'record',
        name: 'R',
        fields: [
          { name: 'a', type: 'long' },
          { name: 'b', type: 'string', default: '-' },
        ],
      }),
    );
    const read = [];
    for (const bytes of [encode(v1, { a: 1 }), encode(v2, { a: 2, b: 'x' }), encode(v1, { a: 3 })]) {
      read.push(await decode(reader, bytes));
    }
    expect(read).toEqual([
      { a: 1, b: '-' },
      { a: 2, b: 'x' },
      { a: 3, b: '-' },
    ]);
  });
});

describe('what cannot be read says why', () => {
  test.each([
    [
      'a new field without a default',
      { a: 1 },
      record([field('a', 'int')]),
      record([field('b', 'int')]),
      'no matching field for default-less R.b',
    ],
    [
      'another type, deep inside',
      { a: [{ b: 'x' }] },
      record([field('a', { type: 'array', items: { ...record([field('b', 'string')]), name: 'I' } })]),
      record([field('a', { type: 'array', items: { ...record([field('b', 'int')]), name: 'I' } })]),
      'a.[].b: cannot read "string" as "int"',
    ],
    ['a narrower number', 5, 'long', 'int', 'cannot read "long" as "int"'],
    [
      'another record',
      { a: 1 },
      record([field('a', 'int')]),
      { ...record([field('a', 'int')]), name: 'Q' },
      'no alias found for R',
    ],
    [
      'another size',
      new Uint8Array(2),
      { type: 'fixed', name: 'F', size: 2 },
      { type: 'fixed', name: 'F', size: 3 },
      'cannot read',
    ],
    ['another unit of time', new Date(5), millis, micros, 'cannot read timestamp-millis as timestamp-micros'],
    ['another scale', '1.50', decimal(4, 2), decimal(4, 1), 'cannot read decimal(4, 2) as decimal(4, 1)'],
    ['no branch for it', 'x', 'string', ['null', 'int'], 'cannot read'],
  ])('%s', async (_story, written, writer, reader, reason) => {
    await expect(reread(written, writer, reader)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_SCHEMA_UNREADABLE', message: expect.stringContaining(reason) }),
    );
  });

  test.each([
    ['null where the reader has none', null, ['null', 'string'], 'string', 'cannot read "null" as "string"'],
    ['a symbol that the reader does not have', 'C', enumOf('A', 'C'), enumOf('A', 'B'), "the enum E has no symbol 'C'"],
    [
      'another unit of time in an optional field',
      new Date(5),
      ['null', millis],
      ['null', micros],
      'cannot read timestamp-millis as timestamp-micros',
    ],
    [
      'a record that does not fit, the second time too',
      { a: null, b: { x: 1 } },
      record([field('a', ['null', inner('x')]), field('b', ['null', 'I'])]),
      record([field('a', ['null', inner('y')]), field('b', ['null', 'I'])]),
      'no matching field for default-less I.y',
    ],
  ])('only the value that is concerned: %s', async (_story, written, writer, reader, problem) => {
    await expect(reread(written, writer, reader)).rejects.toThrow(
      expect.objectContaining({ code: 'PRC_AVRO_MALFORMED', message: expect.stringContaining(problem) }),
    );
  });
});

describe('schemas that are not loaded yet', () => {
  test('the first record of an id asks for it, once for all that follow', async () => {
    const bytes = encode(await desk.writer(avro('string')), 'x');
    const reader = await desk.reader(avro('string'));
    const first = reader.missing?.(bytes, 0, bytes.length);
    expect(first).toBeInstanceOf(Promise);
    expect(reader.missing?.(bytes, 0, bytes.length)).toBe(first);
    await first;
    expect(reader.missing?.(bytes, 0, bytes.length)).toBeUndefined();
    expect(reader.decode(bytes, 0, bytes.length)).toBe('x');
  });

  test('an id that the registry does not know is a decode failure, and is not asked for again', async () => {
    const reader = await desk.reader(avro('string'));
    const bytes = await desk.written('string', '00');
    bytes.set([0x00, 0x0f, 0xff, 0xff], 1);
    await reader.missing?.(bytes, 0, bytes.length);
    expect(reader.missing?.(bytes, 0, bytes.length)).toBeUndefined();
    expect(() => reader.decode(bytes, 0, bytes.length)).toThrow(
      expect.objectContaining({ code: 'PRC_SCHEMA_ID_UNKNOWN', message: expect.stringContaining('1048575') }),
    );
  });

  test('what was unknown for a while is asked for again', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const reader = await desk.reader(avro('string'));
    const bytes = await desk.written('string', '00');
    bytes.set([0x00, 0x0f, 0xff, 0xff], 1);
    await reader.missing?.(bytes, 0, bytes.length);
    vi.advanceTimersByTime(29_000);
    expect(reader.missing?.(bytes, 0, bytes.length)).toBeUndefined();
    vi.advanceTimersByTime(2000);
    expect(reader.missing?.(bytes, 0, bytes.length)).toBeInstanceOf(Promise);
    vi.useRealTimers();
  });

  test('bytes without an id have nothing to load', async () => {
    const reader = await desk.reader(avro('string'));
    expect(reader.missing?.(new Uint8Array([1, 2, 3, 4, 5, 6]), 0, 6)).toBeUndefined();
  });
});

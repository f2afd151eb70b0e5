// What `schema types` declares: held against the values that the codec reads, and against the types that it infers of a
// schema's literal. All modules of a test go through the compiler in one program.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { avroOf } from '../../src/codecs/avro.js';
import { typeScriptOf } from '../../src/codecs/avro-typescript.js';
import { compile } from '../types/compiler.js';
import { schemas, withOwnNames } from './avro-cases.js';
import { type Desk, decode, encode, openLocalDesk } from './avro-harness.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openLocalDesk();
});
afterAll(() => desk.close());

describe('the declared types are the inferred ones', () => {
  /** By what each is about; `Root` is the name of those that have none. */
  const cases: Readonly<Record<string, unknown>> = {
    primitives: record(
      'R',
      ...['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'].map(plainField),
    ),
    defaults: record(
      'R',
      { name: 'source', type: 'string', default: 'shop' },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'gift', type: ['null', 'boolean'] },
      { name: 'must', type: 'int' },
      { name: 'raw', type: 'bytes', default: 'ÿ' },
    ),
    logical: record(
      'R',
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
      { name: 'exactlyAt', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'price', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }] },
      { name: 'ref', type: { type: 'string', logicalType: 'uuid' } },
      { name: 'opens', type: { type: 'int', logicalType: 'time-millis' } },
      { name: 'other', type: { type: 'string', logicalType: 'somebodys-own' } },
      {
        name: 'total',
        type: { type: 'fixed', name: 'Total', size: 8, logicalType: 'decimal', precision: 9, scale: 2 },
      },
      { name: 'again', type: 'Total' },
    ),
    'names in namespaces': {
      type: 'record',
      name: 'Order',
      namespace: 'shop',
      fields: [
        { name: 'billing', type: record('Address', { name: 'street', type: 'string' }) },
        { name: 'shipping', type: 'Address' },
        { name: 'former', type: { type: 'array', items: ['shop.Address', 'null'] } },
        { name: 'foreign', type: { ...record('Address', { name: 'zip', type: 'int' }), namespace: 'post' } },
        { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] }, default: 'NEW' },
        { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 16 } },
      ],
    },
    'unions that JavaScript can tell apart': record(
      'R',
      { name: 'place', type: ['string', 'int', 'null', { type: 'array', items: 'int' }, 'bytes'] },
      { name: 'one', type: ['string'] },
      { name: 'none', type: ['null'] },
      { name: 'lists', type: { type: 'array', items: { type: 'array', items: ['int', 'string'] } } },
    ),
    'unions that it cannot tell apart': record(
      'R',
      { name: 'weight', type: ['null', 'int', 'double'] },
      { name: 'many', type: { type: 'map', values: ['int', 'double'] } },
      { name: 'event', type: [record('shop.Placed', plainField('int')), record('shop.Shipped', plainField('string'))] },
    ),
    'a record that contains itself': record(
      'Node',
      { name: 'value', type: 'int', default: 1 },
      { name: 'next', type: ['null', 'Node'] },
      { name: 'children', type: { type: 'array', items: 'Node' } },
    ),
    'a union at the top': ['null', 'string', record('R', plainField('int'))],
    'a list at the top': { type: 'array', items: { type: 'map', values: ['null', 'long'] } },
    'a number at the top': 'double',
    'an enum at the top': { type: 'enum', name: 'E', symbols: ['A'] },
    // Words that no type can be called, and the types that declarations are made of.
    'names that are taken': record(
      'Date',
      { name: 'class', type: record('class', { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } }) },
      { name: 'bytes', type: { type: 'fixed', name: 'Uint8Array', size: 2 } },
      { name: 'counts', type: { type: 'map', values: record('Record', plainField('int')) } },
      { name: 'orderWrite', type: record('OrderWrite', { name: 'a', type: 'int', default: 1 }) },
      { name: 'order', type: record('Order', { name: 'a', type: 'int', default: 1 }) },
      { name: 'number', type: { type: 'enum', name: 'x.number', symbols: ['ONE'] } },
    ),
  };

  const longs = ['number', 'bigint'] as const;
  let complaints: (name: string) => string[];
  let texts: Record<string, string>;
  beforeAll(() => {
    texts = {};
    for (const long of longs)
      for (const [i, schema] of Object.values(cases).entries()) {
        const text = typeScriptOf([{ name: 'Root', schema }], { long });
        texts[`${long}${i}`] = text;
        texts[`${long}${i}-same`] = sameness(`${long}${i}`, text, schema, long);
      }
    complaints = compile(texts).complaints;
  }, 120_000);

  for (const [i, what] of Object.keys(cases).entries())
    test.each(longs)(
      `${what}, with a long as a %s`,
      (long) => {
        const module = `${long}${i}`;
        expect([...complaints(module), ...complaints(`${module}-same`)], texts[module]).toEqual([]);
      },
      120_000,
    );
});

test('random values of random schemas are of the declared types, which are the inferred ones', async () => {
  const cases = schemas
    .filter(({ schema }) => withOwnNames(schema))
    .chain(({ schema, values }) =>
      fc.record({ schema: fc.constant(schema), pairs: fc.array(values, { minLength: 1, maxLength: 3 }) }),
    );
  const seed = Date.now();
  const samples = fc.sample(cases, { numRuns: 60, seed });
  const modules: Record<string, string> = {};
  for (const [i, { schema, pairs }] of samples.entries()) {
    const text = typeScriptOf([{ name: 'Root', schema }]);
    const serde = await desk.writer(avroOf<unknown>(schema as object));
    const decoded = [];
    for (const { ours } of pairs) decoded.push(await decode(serde, encode(serde, ours)));
    modules[`types${i}`] = text;
    modules[`values${i}`] = [
      sameness(`types${i}`, text, schema),
      `export const values: ${rootIn(text)}[] = ${literal(decoded)};`,
      // What takes everything would take this as well.
      '// @ts-expect-error: no value is undefined',
      `export const other: ${rootIn(text)} = undefined;`,
    ].join('\n');
  }
  const { complaints } = compile(modules);
  for (const i of samples.keys()) {
    const told = `seed ${seed}\n${JSON.stringify(samples[i]?.schema)}\n${modules[`types${i}`]}${modules[`values${i}`]}`;
    expect([...complaints(`types${i}`), ...complaints(`values${i}`)], told).toEqual([]);
  }
}, 120_000);

test('docs are comments, and so is how a text looks that stands for something else', () => {
  const schema = {
    type: 'record',
    name: 'com.acme.Order',
    doc: 'What a customer bought.',
    fields: [
      { name: 'id', type: 'long', doc: 'Counts up.\nNever used twice.' },
      { name: 'total', type: { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 } },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] }, default: 'NEW' },
      { name: 'note', type: ['null', 'string'], default: null, doc: 'Ends */ here.' },
      { name: 'tags', type: { type: 'array', items: 'string' } },
    ],
  };
  expect(typeScriptOf([{ name: 'orders-value', schema }])).toBe(`/** What a customer bought. */
export interface Order {
  /**
   * Counts up.
   * Never used twice.
   */
  id: number;
  /** A decimal text of at most 8 digits before the point and 2 behind it. */
  total: string;
  state: State;
  /** Ends *\\/ here. */
  note: string | null;
  tags: string[];
}

/** What may be written as Order. */
export interface OrderWrite {
  /**
   * Counts up.
   * Never used twice.
   */
  id: number;
  /** A decimal text of at most 8 digits before the point and 2 behind it. */
  total: string;
  state?: State | undefined;
  /** Ends *\\/ here. */
  note?: string | null | undefined;
  tags: readonly string[];
}

export type State = 'NEW' | 'PAID';
`);
});

describe('several schemas in one module', () => {
  const address = record('shop.Address', { name: 'street', type: 'string' });
  const order = record('shop.Order', { name: 'to', type: address });
  const count = (text: string, part: string) => text.split(part).length - 1;

  test('what they define alike is declared once', () => {
    const refund = record('shop.Refund', { name: 'from', type: address });
    const text = typeScriptOf([order, refund, order].map((schema) => ({ name: 'unused', schema })));
    expect(count(text, 'export interface Address {')).toBe(1);
    expect(count(text, 'export ')).toBe(3);
    expect(text).toContain('from: Address;');
  });

  test('what only has the same name is called otherwise', () => {
    const other = { ...order, fields: [{ name: 'to', type: record('shop.Address', { name: 'zip', type: 'int' }) }] };
    const text = typeScriptOf([order, other].map((schema) => ({ name: 'unused', schema })));
    expect(text).toContain('export interface Address {\n  street: string;\n}');
    expect(text).toContain('export interface ShopAddress {\n  zip: number;\n}');
    expect(text).toContain('export interface ShopOrder {\n  to: ShopAddress;\n}');
  });

  test('those without a name get one of their own', () => {
    const text = typeScriptOf([
      { name: 'orders-key', schema: 'string' },
      { name: '2026.orders-value', schema: { type: 'array', items: 'int' } },
    ]);
    expect(text).toContain('export type OrdersKey = string;');
    expect(text).toContain('export type T2026OrdersValue = number[];');
    expect(text).toContain('export type T2026OrdersValueWrite = readonly number[];');
  });
});

test.each([
  [{ type: 'record', name: 'R', fields: [{ name: 'a', type: 'Nothing' }] }, /Nothing/],
  [{ type: 'string', logicalType: 'date' }, /a date cannot be stored in string/],
  [{ type: 'enum', name: 'E', symbols: [] }, /symbols/],
])('%j is refused as the codec refuses it', (schema, problem) => {
  expect(() => typeScriptOf([{ name: 'x', schema }])).toThrow(problem);
  expect(() => avroOf(schema)).toThrow(problem);
});

function record(name: string, ...fields: readonly object[]): object {
  return { type: 'record', name, fields };
}

function plainField(type: string): object {
  return { name: `a_${type}`, type };
}

/** What a schema's own values are called: the first that is declared. */
function rootIn(text: string): string {
  return /export (?:interface|type) (\w+)/.exec(text)?.[1] ?? '';
}

/** A module that compiles if the declared types are what `avro` makes of the literal. */
function sameness(module: string, text: string, schema: unknown, long = 'number'): string {
  const root = rootIn(text);
  const write = text.includes(` ${root}Write `) ? `${root}Write` : root;
  return [
    `import { avro } from '../../src/index.js';`,
    `import type { AvroCodec } from '../../src/codecs/avro.js';`,
    `import type { ${[...new Set([root, write])].join(', ')} } from './${module}.js';`,
    `const codec = avro(${JSON.stringify(schema)}, { long: '${long}' });`,
    'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;',
    'type Reads<C> = C extends AvroCodec<infer R, never> ? R : never;',
    'type Writes<C> = C extends AvroCodec<infer _R, infer W> ? W : never;',
    `export const reads: Same<Reads<typeof codec>, ${root}> = true;`,
    `export const writes: Same<Writes<typeof codec>, ${write}> = true;`,
  ].join('\n');
}

function literal(value: unknown): string {
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  if (value instanceof Uint8Array) return `new Uint8Array([${value.join()}])`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)}: ${literal(one)}`)
      .join(', ')} }`;
  return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value);
}

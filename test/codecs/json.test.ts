import type { StandardSchemaV1 } from '@standard-schema/spec';
import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { json, jsonOf } from '../../src/codecs/json.js';
import { decoded, encoded, opened, scope, thrownBy } from './serde.js';

const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const Order = z.object({ customerId: z.string(), cents: z.int(), quantity: z.int().default(1) });
const orders = await opened(json(Order));
const anything = await opened(jsonOf<unknown>());

describe('JSON with a schema', () => {
  test("is read as the schema's output: defaults filled in, unknown properties gone", () => {
    expect(decoded(orders, utf8('{"customerId":"c-1","cents":1177,"note":"gift"}'))).toEqual({
      customerId: 'c-1',
      cents: 1177,
      quantity: 1,
    });
  });

  test('is written as it was given, not as the schema would make it', () => {
    expect(textOf(encoded(orders, { customerId: 'c-1', cents: 1177 }))).toBe('{"customerId":"c-1","cents":1177}');
    const trimmed = z.string().transform((text) => text.trim());
    const serde = json(trimmed).open(scope) as Awaited<ReturnType<typeof opened<string, string>>>;
    expect(textOf(encoded(serde, ' a '))).toBe('" a "');
    expect(decoded(serde, utf8('" a "'))).toBe('a');
  });

  test('works with any Standard Schema', async () => {
    const payments = await opened(json(v.object({ orderId: v.string(), cents: v.number() })));
    const payment = { orderId: 'o-1', cents: 5 };
    expect(decoded(payments, encoded(payments, payment))).toEqual(payment);
    expect(thrownBy(() => decoded(payments, utf8('{"orderId":1}')))).toMatchObject({ code: 'PRC_VALUE_INVALID' });
  });

  test('is refused on the way in, with the places where it does not fit in one sentence', () => {
    const nested = json(z.object({ items: z.array(z.object({ price: z.number() })), 'ship to': z.string() })).open(
      scope,
    ) as typeof anything;
    expect(thrownBy(() => decoded(nested, utf8('{"items":[{"price":1},{"price":"2"}]}')))).toMatchObject({
      code: 'PRC_VALUE_INVALID',
      message:
        'the value does not fit its schema: at items[1].price: Invalid input: expected number, received string; ' +
        'at ["ship to"]: Invalid input: expected string, received undefined',
    });
  });

  test('is refused on the way out as well', () => {
    expect(thrownBy(() => encoded(orders, { customerId: 'c-1', cents: 11.77 }))).toMatchObject({
      code: 'PRC_VALUE_INVALID',
      message: 'the value does not fit its schema: at cents: Invalid input: expected int, received number',
    });
  });

  test('names three places at most', () => {
    const wide = json(z.object(Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, z.string()])))).open(
      scope,
    );
    expect(thrownBy(() => decoded(wide as typeof anything, utf8('{}')))).toMatchObject({
      details: { issues: expect.stringMatching(/^at a: .*; at b: .*; at c: .*; and 2 more$/) as string },
    });
  });

  test('speaks of the whole value where a schema names no place', () => {
    const even = json(z.number().refine((value) => value % 2 === 0, 'an even number is needed')).open(
      scope,
    ) as typeof anything;
    expect(thrownBy(() => decoded(even, utf8('3')))).toMatchObject({
      message: 'the value does not fit its schema: an even number is needed',
    });
  });

  test('of one schema is one codec', () => {
    expect(json(Order)).toBe(json(Order));
    expect(json(z.string())).not.toBe(json(z.string()));
    expect(jsonOf()).toBe(jsonOf());
  });
});

describe('a schema that has to be awaited', () => {
  test('is refused at start where it shows', async () => {
    const always = v.pipeAsync(
      v.string(),
      v.checkAsync(async () => true),
    );
    await expect(json(always).open(scope)).rejects.toMatchObject({
      code: 'PRC_SCHEMA_ASYNC',
      message: 'the schema given to json() validates asynchronously (it was made with valibot)',
    });
  });

  test('is refused at the first value that has to be awaited, in both directions, and its rejection harms nobody', async () => {
    const sometimes: StandardSchemaV1<string> = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: (value) => (typeof value === 'string' ? Promise.reject(new Error('nobody listens')) : { issues: [] }),
      },
    };
    const serde = await opened(json(sometimes));
    expect(thrownBy(() => decoded(serde, utf8('"a"')))).toMatchObject({ code: 'PRC_SCHEMA_ASYNC' });
    expect(thrownBy(() => encoded(serde, 'a'))).toMatchObject({ code: 'PRC_SCHEMA_ASYNC' });
    // An unhandled rejection would fail this test file.
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('is looked for without harm to a schema that cannot stand undefined', async () => {
    const touchy = z.preprocess((value) => (value as { id: string }).id, z.string());
    expect(decoded(await opened(json(touchy)), utf8('{"id":"a"}'))).toBe('a');
  });
});

test('what is no schema is refused when the topic is declared', () => {
  for (const wrong of [undefined, null, {}, { id: 'string' }, String])
    expect(thrownBy(() => json(wrong as unknown as typeof Order))).toMatchObject({ code: 'PRC_SCHEMA_NOT_STANDARD' });
});

describe('JSON without a schema', () => {
  test('of any value comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const expected = JSON.stringify(value);
        expect(textOf(encoded(anything, value))).toBe(expected);
        expect(decoded(anything, encoded(anything, value))).toEqual(JSON.parse(expected));
      }),
    );
  });

  test('keeps half of a surrogate pair, as an escape', () => {
    expect(textOf(encoded(anything, '\uD83D'))).toBe('"\\ud83d"');
    expect(decoded(anything, utf8('"\\ud83d"'))).toBe('\uD83D');
  });

  test.each([
    ['nothing at all', ''],
    ['an object that breaks off', '{"id":'],
    ['a byte order mark', '\uFEFF{}'],
    ['two values', '{}{}'],
  ])('is refused where it is none: %s', (_, wrong) => {
    expect(thrownBy(() => decoded(anything, utf8(wrong)))).toMatchObject({
      code: 'PRC_BYTES_UNREADABLE',
      message: expect.stringMatching(/^these bytes are not JSON: /) as string,
      cause: expect.any(SyntaxError) as SyntaxError,
    });
  });

  test('is refused where it is not UTF-8', () => {
    expect(thrownBy(() => decoded(anything, Uint8Array.of(0x22, 0xff, 0x22)))).toMatchObject({
      message: 'these bytes are not JSON: they are not valid UTF-8',
    });
  });

  test.each([
    ['as it is', '{"a":{"__proto__":{"admin":true}}}'],
    ['escaped', '{"\\u005f_proto__":1}'],
    ['with any letter escaped', '{"__\\u0070roto__":1}'],
    ['in an array', '[{"__prot\\u006F__":null}]'],
  ])('is refused where an object has the key __proto__: %s', (_, wrong) => {
    expect(thrownBy(() => decoded(anything, utf8(wrong)))).toMatchObject({
      message: 'these bytes are not JSON that is safe to copy: an object has the key __proto__',
    });
  });

  test('of a hundred thousand levels is read without a schema, and refused by one for its depth', async () => {
    const nested = (levels: number): Uint8Array => utf8(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    type Tree = readonly Tree[];
    const Tree: z.ZodType<Tree> = z.lazy(() => z.array(Tree));
    expect(decoded(anything, nested(100_000))).toHaveLength(1);
    const trees = await opened(json(Tree));
    expect(decoded(trees, nested(100))).toHaveLength(1);
    expect(thrownBy(() => decoded(trees, nested(100_000)))).toMatchObject({
      code: 'PRC_BYTES_UNREADABLE',
      message: 'these bytes are not JSON that a schema can follow: they are nested more than 500 deep',
    });
  });

  test('is not written either where it would not be read', () => {
    const write = (): unknown => encoded(anything, JSON.parse('{"a":{"__proto__":{"admin":true}}}'));
    expect(write).toThrow(expect.objectContaining({ message: expect.stringContaining('__proto__') }));
  });

  test('may speak of __proto__ where it is no key', () => {
    expect(decoded(anything, utf8('{"a":"__proto__","b":["\\u0041"]}'))).toEqual({ a: '__proto__', b: ['A'] });
  });

  test.each([
    ['undefined', undefined, 'JSON has no form for it'],
    ['a function', () => 1, 'JSON has no form for it'],
    ['a bigint', { cents: 1n }, 'Do not know how to serialize a BigInt'],
  ])('cannot hold %s', (_, value, problem) => {
    expect(thrownBy(() => encoded(anything, value))).toMatchObject({
      code: 'PRC_VALUE_UNWRITABLE',
      details: { problem },
    });
  });

  test('cannot hold a circle, and keeps what JSON.stringify said about it', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(thrownBy(() => encoded(anything, circle))).toMatchObject({
      code: 'PRC_VALUE_UNWRITABLE',
      message: expect.stringMatching(
        /^the JSON codec cannot write <ref \*1> { self: \[Circular \*1\] }: Converting circular/,
      ) as string,
      cause: expect.any(TypeError) as TypeError,
    });
  });
});

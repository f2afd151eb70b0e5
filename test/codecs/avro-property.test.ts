// Random schemas and values: what our types write is what avsc writes, and reads back as it was.

import avsc from 'avsc';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { avroOf } from '../../src/codecs/avro.js';
import { type Desk, decode, encode, openLocalDesk } from './avro-harness.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openLocalDesk();
});
afterAll(() => desk.close());

/** A schema, and values of it as an author writes them and as avsc wants them. */
interface Case {
  readonly schema: unknown;
  readonly name: string;
  /** What JavaScript can tell apart. */
  readonly kind: string;
  readonly values: fc.Arbitrary<{ readonly ours: unknown; readonly theirs: unknown }>;
}

const same = (schema: string, kind: string, values: fc.Arbitrary<unknown>): Case => ({
  schema,
  name: schema,
  kind,
  values: values.map((value) => ({ ours: value, theirs: value })),
});
const bytesPair = (bytes: Uint8Array) => ({ ours: bytes, theirs: Buffer.from(bytes) });

const primitives: readonly Case[] = [
  same('null', 'null', fc.constant(null)),
  same('boolean', 'boolean', fc.boolean()),
  same('int', 'number', fc.integer()),
  // avsc itself writes negative longs beyond 2^52 wrongly; avro.test.ts has those.
  same('long', 'number', fc.integer({ min: -(2 ** 52), max: 2 ** 52 })),
  same('float', 'number', fc.float({ noNaN: true })),
  same('double', 'number', fc.double({ noNaN: true })),
  same('string', 'string', fc.string({ unit: 'binary' })),
  { schema: 'bytes', name: 'bytes', kind: 'bytes', values: fc.uint8Array({ maxLength: 20 }).map(bytesPair) },
];

const { schemas } = fc.letrec<{ schemas: Case; leaf: Case }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(...primitives),
    fc.uniqueArray(fc.stringMatching(/^[A-Z]{1,3}$/), { minLength: 1, maxLength: 4 }).map((symbols) => {
      const name = `E_${symbols.join('_')}`;
      const values = fc.constantFrom(...symbols).map((symbol) => ({ ours: symbol, theirs: symbol }));
      return { schema: { type: 'enum', name, symbols }, name, kind: 'string', values };
    }),
    fc.nat(9).map((size) => {
      const values = fc.uint8Array({ minLength: size, maxLength: size }).map(bytesPair);
      return { schema: { type: 'fixed', name: `F${size}`, size }, name: `F${size}`, kind: 'bytes', values };
    }),
  ),
  schemas: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie('leaf'),
    tie('schemas').map((items) => ({
      schema: { type: 'array', items: items.schema },
      name: 'array',
      kind: 'array',
      values: fc.array(items.values, { maxLength: 5 }).map((pairs) => ({
        ours: pairs.map(({ ours }) => ours),
        theirs: pairs.map(({ theirs }) => theirs),
      })),
    })),
    tie('schemas').map((values) => ({
      schema: { type: 'map', values: values.schema },
      name: 'map',
      kind: 'object',
      values: fc
        .uniqueArray(fc.tuple(fc.string(), values.values), { maxLength: 4, selector: ([key]) => key })
        .map((entries) => entries.filter(([key]) => key !== '__proto__'))
        .map((entries) => ({
          ours: Object.fromEntries(entries.map(([key, { ours }]) => [key, ours])),
          theirs: Object.fromEntries(entries.map(([key, { theirs }]) => [key, theirs])),
        })),
    })),
    fc.tuple(fc.nat(), fc.array(tie('schemas'), { maxLength: 4 })).map(([number, fields]) => ({
      schema: {
        type: 'record',
        name: `R${number}`,
        fields: fields.map(({ schema }, i) => ({ name: `f${i}`, type: schema })),
      },
      name: `R${number}`,
      kind: 'object',
      values: fc.tuple(...fields.map(({ values }) => values)).map((pairs) => ({
        ours: Object.fromEntries(pairs.map(({ ours }, i) => [`f${i}`, ours])),
        theirs: Object.fromEntries(pairs.map(({ theirs }, i) => [`f${i}`, theirs])),
      })),
    })),
    fc.uniqueArray(tie('schemas'), { minLength: 1, maxLength: 4, selector: ({ name }) => name }).chain((all) => {
      const branches = all.filter(({ name }) => name !== '');
      const wraps = new Set(branches.map(({ kind }) => kind)).size < branches.length;
      if (branches.length === 0) return tie('leaf');
      const wrap = (name: string, value: unknown) => (value === null ? null : { [name]: value });
      return fc.constant({
        schema: branches.map(({ schema }) => schema),
        name: '',
        kind: 'union',
        values: fc.oneof(
          ...branches.map(({ name, values }) =>
            values.map(({ ours, theirs }) => ({
              ours: wraps ? wrap(name, ours) : ours,
              theirs: wrap(name, theirs),
            })),
          ),
        ),
      });
    }),
  ),
}));

/** A name may be defined only once in a schema. */
function withOwnNames(schema: unknown): boolean {
  const names: string[] = [];
  JSON.stringify(schema, (_key, part: unknown) => {
    const { name, type } = (part ?? {}) as { name?: string; type?: string };
    if (['record', 'enum', 'fixed'].includes(type ?? '')) names.push(name ?? '');
    return part;
  });
  return new Set(names).size === names.length;
}

test('random values of random schemas are written as avsc writes them and read back', async () => {
  const cases = schemas
    .filter(({ schema }) => withOwnNames(schema))
    .chain(({ schema, values }) =>
      fc.record({ schema: fc.constant(schema), pairs: fc.array(values, { minLength: 1, maxLength: 5 }) }),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ({ schema, pairs }) => {
      const serde = await desk.writer(avroOf<unknown>(schema as object));
      const plain = avsc.Type.forSchema(structuredClone(schema) as avsc.Type, { wrapUnions: true });
      for (const { ours, theirs } of pairs) {
        const bytes = encode(serde, ours);
        expect(bytes.subarray(5)).toEqual(new Uint8Array(plain.toBuffer(theirs)));
        expect(await decode(serde, bytes)).toEqual(ours);
      }
    }),
    { numRuns: 200 },
  );
}, 60_000);

test('a value that is cut off or goes on behind its end is never read', async () => {
  const cases = schemas
    .filter(({ schema }) => withOwnNames(schema))
    .chain(({ schema, values }) =>
      fc.record({ schema: fc.constant(schema), pair: values, more: fc.uint8Array({ minLength: 1, maxLength: 3 }) }),
    );
  await fc.assert(
    fc.asyncProperty(cases, async ({ schema, pair, more }) => {
      const serde = await desk.writer(avroOf<unknown>(schema as object));
      const bytes = encode(serde, pair.ours);
      for (let end = 5; end < bytes.length; end++) {
        await expect(decode(serde, bytes.subarray(0, end))).rejects.toThrow(
          expect.objectContaining({ code: 'PRC_AVRO_MALFORMED' }),
        );
      }
      await expect(decode(serde, Buffer.concat([bytes, more]))).rejects.toThrow(/left over/);
    }),
    { numRuns: 50 },
  );
}, 60_000);

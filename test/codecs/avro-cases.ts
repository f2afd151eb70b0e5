// Random Avro schemas with random values of them, as an author writes the values and as avsc wants them.

import fc from 'fast-check';

/** A schema, and values of it as an author writes them and as avsc wants them. */
export interface Case {
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
  {
    schema: { type: 'long', logicalType: 'timestamp-millis' },
    name: 'long',
    kind: 'date',
    values: fc.integer().map((ms) => ({ ours: new Date(ms), theirs: ms })),
  },
  {
    schema: { type: 'int', logicalType: 'date' },
    name: 'int',
    kind: 'string',
    values: fc.nat(100_000).map((day) => ({
      ours: new Date(day * 86_400_000).toISOString().slice(0, 10),
      theirs: day,
    })),
  },
];

const cases = fc.letrec<{ schemas: Case; leaf: Case; optional: Case }>((tie) => ({
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
  /** What Java's producers declare nearly every field as. */
  optional: tie('leaf')
    .filter(({ kind }) => kind !== 'null')
    .map(({ schema, name, values }) => ({
      schema: ['null', schema],
      name: '',
      kind: 'union',
      values: fc.oneof(
        fc.constant({ ours: null, theirs: null }),
        values.map(({ ours, theirs }) => ({ ours, theirs: { [name]: theirs } })),
      ),
    })),
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
    fc
      .tuple(fc.nat(), fc.array(fc.oneof(tie('schemas'), tie('optional')), { maxLength: 4 }))
      .map(([number, fields]) => ({
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

/** Random schemas. */
export const schemas: fc.Arbitrary<Case> = cases.schemas;

/** A name may be defined only once in a schema. */
export function withOwnNames(schema: unknown): boolean {
  const names: string[] = [];
  JSON.stringify(schema, (_key, part: unknown) => {
    const { name, type } = (part ?? {}) as { name?: string; type?: string };
    if (['record', 'enum', 'fixed'].includes(type ?? '')) names.push(name ?? '');
    return part;
  });
  return new Set(names).size === names.length;
}

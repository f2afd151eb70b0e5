// Random schemas and values: what our types write is what avsc writes, and reads back as it was.

import avsc from 'avsc';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { avroOf } from '../../src/codecs/avro.js';
import { schemas, withOwnNames } from './avro-cases.js';
import { type Desk, decode, encode, openLocalDesk } from './avro-harness.js';

let desk: Desk;
beforeAll(async () => {
  desk = await openLocalDesk();
});
afterAll(() => desk.close());

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

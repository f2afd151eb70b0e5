// What the types cost the compiler: a module of 50 topics and 50 processors, as a large project has them. Counts, not
// times, decide: they are the same on every machine.

import { expect, test } from 'vitest';
import { compile } from './compiler.js';

test('a module of 50 topics and 50 processors compiles, and costs what fifty times one costs', {
  timeout: 60_000,
}, () => {
  const one = costOf(1);
  const half = costOf(25);
  const all = costOf(50);
  const perTopic = (all.instantiations - one.instantiations) / 49;
  console.log(
    `50 topics and 50 processors: ${all.instantiations} instantiations, ${all.types} types, checked in ${Math.round(all.checkMs)} ms ` +
      `(each ${Math.round(perTopic)} instantiations and ${Math.round((all.types - one.types) / 49)} types)`,
  );

  // Nothing is looked up in, or compared with, all the others.
  const secondHalf = (all.instantiations - half.instantiations) / 25;
  const firstHalf = (half.instantiations - one.instantiations) / 24;
  expect(secondHalf).toBeLessThan(1.1 * firstHalf);
  // Measured: 1,706 and 283, nearly all of it in the types that Zod and Avro schemas stand for.
  expect(perTopic).toBeLessThan(2500);
  expect((all.types - one.types) / 49).toBeLessThan(400);
});

interface Cost {
  readonly instantiations: number;
  readonly types: number;
  readonly checkMs: number;
}

function costOf(count: number): Cost {
  const { complaints, program } = compile({ module: moduleOf(count) });
  const startMs = performance.now();
  expect(complaints('module')).toEqual([]);
  const checkMs = performance.now() - startMs;
  return { instantiations: program.getInstantiationCount(), types: program.getTypeCount(), checkMs };
}

/** Each topic is of another type; half of them are JSON with a schema, half Avro from a literal. */
function moduleOf(count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i);
  return [
    `import { z } from 'zod';`,
    `import { avro, batchProcessor, deadLetter, int64, json, nullable, processor, retry, text, topic } from '../../src/index.js';`,
    ...numbers.map((i) => (i % 2 === 0 ? jsonTopic(i) : avroTopic(i))),
    ...numbers.map((i) => processorOf(i, count)),
  ].join('\n');
}

function jsonTopic(i: number): string {
  return `export const topic${i} = topic('topic-${i}', { key: text(), value: json(z.object({
    id: z.string(), number${i}: z.number(), kind: z.enum(['a${i}', 'b${i}']), note: z.string().optional(),
    items: z.array(z.object({ sku: z.string(), price${i}: z.number(), quantity: z.number().default(1) })),
  })) });`;
}

function avroTopic(i: number): string {
  return `export const topic${i} = topic('topic-${i}', { key: nullable(int64()), value: avro({
    type: 'record', name: 'Value${i}', namespace: 'shop', fields: [
      { name: 'id', type: 'string' }, { name: 'number${i}', type: 'double' }, { name: 'note', type: ['null', 'string'], default: null },
      { name: 'kind', type: { type: 'enum', name: 'Kind${i}', symbols: ['a', 'b${i}'] } },
      { name: 'items', type: { type: 'array', items: { type: 'record', name: 'Item${i}', fields: [
        { name: 'sku', type: 'string' }, { name: 'price${i}', type: 'double' }, { name: 'quantity', type: 'int', default: 1 } ] } } },
    ] }) });`;
}

function processorOf(i: number, count: number): string {
  const other = `topic${(i + 1) % count}`;
  // Every fifth has two inputs, every fifth takes whole batches.
  if (i % 5 === 0 && count > 1)
    return `export const processor${i} = processor({ name: 'processor-${i}', input: { one: topic${i}, other: ${other} }, outputs: { again: topic${i} },
      handle: { one(record, { out }) { out.again(record.key, record.value); }, async other(record) { await Promise.resolve(record.value.id); } } });`;
  if (i % 5 === 1)
    return `export const processor${i} = batchProcessor({ name: 'processor-${i}', input: topic${i}, outputs: { again: topic${i} },
      async handle(batch, { out }) { for (const { key, value } of batch) out.again(key, value); } });`;
  return `export const processor${i} = processor({ name: 'processor-${i}', input: topic${i}, outputs: { again: topic${i}, other: ${other} },
    onError: { decode: deadLetter(), handle: retry({ times: 3, backoff: '200ms', otherwise: deadLetter() }) },
    handle(record, { out }) { out.again(record.key, { ...record.value, number${i}: record.value.items.length }); } });`;
}

// Records that mean harm or are merely odd: each is treated by its policy, as it came, and its neighbours are done.

import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { json, jsonOf } from '../../src/codecs/json.js';
import type { AnyCodec } from '../../src/core/codec.js';
import type { FailedPart } from '../../src/engine/facts.js';
import { type Running, running } from '../support/engine.js';
import { range, type Story } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka, type RawRecord } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

type Tree = readonly Tree[];
const Tree: z.ZodType<Tree> = z.lazy(() => z.array(Tree));
const levels = 100_000;
const deep = '['.repeat(levels) + ']'.repeat(levels);

test.each<{ what: string; value: AnyCodec; record: RawRecord; failed: FailedPart; says: string }>([
  {
    what: 'a key that is no text',
    value: jsonOf<unknown>(),
    record: { key: Buffer.from([0x6b, 0xff]), value: '[]' },
    failed: 'decode',
    says: 'key cannot be decoded: these bytes are not text: they are not valid UTF-8',
  },
  {
    what: 'a value that is no JSON',
    value: jsonOf<unknown>(),
    record: { key: 'k', value: '{"id":' },
    failed: 'decode',
    says: 'value cannot be decoded: these bytes are not JSON',
  },
  {
    what: 'JSON with the key __proto__',
    value: jsonOf<unknown>(),
    record: { key: 'k', value: '{"__proto__":{"isAdmin":true}}' },
    failed: 'decode',
    says: 'an object has the key __proto__',
  },
  {
    what: `JSON of ${levels} levels, for a schema`,
    value: json(Tree),
    record: { key: 'k', value: deep },
    failed: 'decode',
    says: 'they are nested more than 500 deep',
  },
  {
    what: `JSON of ${levels} levels that says __proto__ at its bottom`,
    value: jsonOf<unknown>(),
    record: { key: 'k', value: deep.replace('[]', '["__proto__"]') },
    failed: 'decode',
    says: 'Maximum call stack size exceeded',
  },
  {
    what: `JSON of ${levels} levels that is passed on`,
    value: jsonOf<unknown>(),
    record: { key: 'k', value: deep },
    failed: 'encode',
    says: 'Maximum call stack size exceeded',
  },
])('$what: it is a dead letter as it came, and its neighbours are done', async ({ value, record, failed, says }) => {
  const good = { key: 'good', value: '[]' };
  const { output, letters, started } = await copying([good, record, good], { inputValue: value, outputValue: value });
  await started.committed(3);

  expect((await kafka.read(output)).map((copied) => [copied.key, copied.value])).toEqual([
    ['good', '[]'],
    ['good', '[]'],
  ]);
  const [letter, ...more] = await kafka.read(letters);
  expect(more).toEqual([]);
  expect(letter?.bytes.key?.equals(Buffer.from(record.key ?? ''))).toBe(true);
  expect(letter?.value).toBe(record.value);
  expect(started.of('record-dead-lettered')).toMatchObject([
    { offset: 1, failed, error: { message: expect.stringContaining(says) as string } },
  ]);
  expect({}).not.toHaveProperty('isAdmin');
});

test('10,000 headers on one record are read, passed on, and kept in a dead letter', async () => {
  const headers = range(0, 10_000).map((n) => ({ [`header ${n % 100}`]: Buffer.from(`${n}`) }));
  const told: unknown[] = [];
  const { output, letters, started } = await copying(
    [
      { key: 'k', value: 'copy', headers },
      { key: 'k', value: 'fail', headers },
    ],
    {
      handle(record, { out }) {
        told.push(record.headers.text('header 7'), record.headers.getAll('header 7').length);
        if (record.value === 'fail') throw new Error('after all of them were read');
        out.out(record.key, record.value, { headers: [...record.headers] });
      },
    },
  );
  await started.committed(2);

  expect(told).toEqual(['9907', 100, '9907', 100]);
  const pairs = headers.flatMap((header) => Object.entries(header).map(([name, value]) => [name, value.toString()]));
  expect((await kafka.read(output)).map((copied) => copied.headers)).toEqual([pairs]);
  expect((await kafka.read(letters)).map((letter) => letter.headers.slice(0, pairs.length))).toEqual([pairs]);
});

test('a key of 1 MB goes where its bytes say, where the topics take it', async () => {
  const wide = { 'max.message.bytes': '3000000' };
  const [input, output] = [await kafka.topic('in', 1, wide), await kafka.topic('out', 8, wide)];
  const keys = range(0, 4).map((n) => Buffer.alloc(1_048_576, `key ${n} `));
  const writer = await kafka.owner(`writer/${input}`, { 'message.max.bytes': 3_000_000 });
  for (const key of keys) await writer.write(input, [{ key, value: 'v' }]);
  const started = await running(
    { input, outputs: [output] },
    { settings: { 'message.max.bytes': 3_000_000, 'compression.type': 'none' } },
  );
  await started.committed(4);

  const copied = await kafka.read(output);
  expect(copied.length).toBe(4);
  for (const key of keys) expect(copied.some((record) => record.bytes.key?.equals(key))).toBe(true);
});

test('a key of 1 MB that the output does not take ends the processor with its place, and nothing of it is lost', async () => {
  const input = await kafka.topic('in', 1, { 'max.message.bytes': '3000000' });
  const output = await kafka.topic('out');
  const writer = await kafka.owner(`writer/${input}`, { 'message.max.bytes': 3_000_000 });
  await writer.write(input, ['small', { key: Buffer.alloc(1_048_576, 'key'), value: 'v' }]);
  const started = await running({ input, outputs: [output] }, { settings: { 'compression.type': 'none' } });
  expect(await started.failure()).toMatchObject({
    code: 'PRC_RECORD_FAILED',
    details: { topic: input, partition: 0, offset: 1, part: 'encode' },
    hint: expect.stringContaining('onError.encode') as string,
  });
  expect(await kafka.values(output)).toEqual(['small']);
  expect(await kafka.committed(started.name, input)).toBe(1);
});

/** A processor that copies, with a dead letter for whatever fails. */
async function copying(
  records: readonly RawRecord[],
  story: Partial<Story>,
): Promise<{ readonly output: string; readonly letters: string; readonly started: Running }> {
  const [input, output, letters] = [await kafka.topic('in'), await kafka.topic('out'), await kafka.topic('letters')];
  await kafka.produce(input, records);
  const policy = { policy: 'dead-letter', topic: letters } as const;
  const onError = { decode: policy, handle: policy, encode: policy };
  return { output, letters, started: await running({ input, outputs: [output], onError, ...story }) };
}

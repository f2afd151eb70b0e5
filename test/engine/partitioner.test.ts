// E17: records go where Java's producers would put them.

import { beforeAll, expect, test } from 'vitest';
import { rawModule } from '../../src/adapters/confluent/raw-client.js';
import { running } from '../support/engine.js';
import { nullableText, range } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { promised, RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test("E17: 1,000 random keys are in the partitions that the client's murmur2 gives them", async () => {
  const [input, output] = [await kafka.topic('in', 7), await kafka.topic('out', 7)];
  const keys = range(0, 1000).map(
    (n) =>
      `${n}-${Math.random()
        .toString(36)
        .slice(2, 2 + (n % 11))}é`,
  );
  const producer = new (rawModule().Producer)({
    'bootstrap.servers': testBrokers(),
    partitioner: 'murmur2_random',
  });
  await promised<unknown>((callback) => producer.connect({ allTopics: false, timeout: 5000 }, callback));
  for (const key of keys)
    producer.produce(input, -1, Buffer.from('v'), Buffer.from(key), Date.now(), undefined, undefined);
  await promised<unknown>((callback) => producer.flush(10_000, callback));
  await new Promise<void>((resolve) => producer.disconnect(0, () => resolve()));

  const started = await running({ input, outputs: [output] });
  await started.committed(1000);
  const partitions = async (topic: string): Promise<Map<string | null, number>> =>
    new Map((await kafka.read(topic)).map(({ key, partition }) => [key, partition]));
  const ours = await partitions(output);
  expect(ours.size).toBe(1000);
  expect(ours).toEqual(await partitions(input));
});

test("a null key goes to its input's partition, a given partition and timestamp are kept, headers are what was asked for", async () => {
  const [input, output] = [await kafka.topic('in', 3), await kafka.topic('out', 2)];
  await kafka.produce(
    input,
    range(0, 3).map((partition) => ({
      value: `${partition}`,
      partition,
      timestamp: 880_000_000_000 + partition,
      headers: [
        { traceparent: Buffer.from('the trace') },
        { other: Buffer.from('not passed on') },
        { tracestate: Buffer.from('its state') },
        { baggage: Buffer.from('not passed on either') },
      ],
    })),
  );
  const started = await running({
    input,
    outputs: [output],
    handle({ value }, { out }) {
      out.out(null, `null key of ${value}`);
      if (value === '2')
        out.out('k', 'chosen', {
          partition: 1,
          timestamp: 5,
          headers: [
            ['a', '1'],
            ['a', '2'],
          ],
        });
    },
  });
  await started.committed(3);
  const records = (await kafka.read(output)).map(({ partition, value, timestamp, headers }) => ({
    partition,
    value,
    timestamp,
    headers,
  }));
  const trace = [
    ['traceparent', 'the trace'],
    ['tracestate', 'its state'],
  ];
  expect(records.sort((a, b) => (a.value ?? '').localeCompare(b.value ?? ''))).toEqual([
    { partition: 1, value: 'chosen', timestamp: 5, headers: [['a', '1'], ['a', '2'], ...trace] },
    { partition: 0, value: 'null key of 0', timestamp: 880_000_000_000, headers: trace },
    { partition: 1, value: 'null key of 1', timestamp: 880_000_000_001, headers: trace },
    { partition: 0, value: 'null key of 2', timestamp: 880_000_000_002, headers: trace },
  ]);
});

test('what is empty stays empty, and what is null stays null', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, [
    { key: '', value: '' },
    { key: 'k', value: null },
    { key: null, value: 'v' },
  ]);
  const started = await running({ input, outputs: [output], inputValue: nullableText });
  await started.committed(3);
  expect((await kafka.read(output)).map(({ key, value }) => [key, value])).toEqual([
    ['', ''],
    ['k', null],
    [null, 'v'],
  ]);
});

test('the first moment of 1970 is a time, and not now', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a']);
  const started = await running({
    input,
    outputs: [output],
    handle: ({ value }, { out }) => out.out(null, value, { timestamp: 0 }),
  });
  await started.committed(1);
  // As near as the client can come.
  expect((await kafka.read(output)).map(({ timestamp }) => timestamp)).toEqual([1]);
});

// E22: what waits in memory is bounded in bytes, and nothing is lost by bounding it.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { gate } from '../support/engine-faults.js';
import { nullableText, range } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const large = 'x'.repeat(50_000);
const numbered = (n: number): string => `${n} ${large}`;
const numberOf = (value: string | null): number => Number(value?.split(' ')[0]);

test('E22: a partition whose handler is slow is paused above its mark, resumed below, and every record is done once', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, range(0, 100).map(numbered));
  const mark = 600_000;
  const pollRecordsMax = 4;
  const started = await running(
    {
      input,
      outputs: [output],
      async handle({ value }, { out }) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        out.out(null, `${numberOf(value)}`);
      },
    },
    { limits: { partitionBytesMax: mark, partitionBytesLow: 300_000, pollRecordsMax, batchRecordsMax: 10 } },
  );
  await started.committed(100);

  const pauses = started.of('partition-paused');
  expect(pauses.length).toBeGreaterThan(1);
  expect(started.of('partition-resumed').length).toBeGreaterThanOrEqual(pauses.length - 1);
  // It is looked at between two polls: at most one poll more than the mark is ever there.
  for (const { bytes } of pauses) expect(bytes).toBeLessThan(mark + pollRecordsMax * numbered(100).length + 1000);
  expect((await kafka.values(output)).map(Number)).toEqual(range(0, 100));
});

test('E22: records without any bytes of their own fill a queue too', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(
    input,
    range(0, 3000).map(() => ({ value: null })),
  );
  const first = gate();
  const started = await running(
    {
      input,
      outputs: [output],
      inputValue: nullableText,
      async handle({ offset }, { out }) {
        await first.pass();
        if (offset % 1000 === 0) out.out(null, `${offset}`);
      },
    },
    { limits: { partitionBytesMax: 20_000, partitionBytesLow: 10_000, pollRecordsMax: 100, batchRecordsMax: 100 } },
  );
  await started.until('it is paused', () => started.of('partition-paused').length > 0);
  first.open();
  await started.committed(3000);
  expect(await kafka.values(output)).toEqual(['0', '1000', '2000']);
});

test('E22: above the mark of the processor all its partitions wait, and go on', async () => {
  const [input, output] = [await kafka.topic('in', 4), await kafka.topic('out')];
  await kafka.produce(
    input,
    range(0, 120).map((n) => ({ value: numbered(n), partition: n % 4 })),
  );
  const started = await running(
    {
      input,
      outputs: [output],
      async handle({ value }, { out }) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        out.out(null, `${numberOf(value)}`);
      },
    },
    { limits: { processorBytesMax: 500_000, pollRecordsMax: 5, batchRecordsMax: 5 } },
  );
  await started.committed(120);
  // None of them was above its own mark.
  expect(new Set(started.of('partition-paused').map(({ partition }) => partition)).size).toBeGreaterThan(1);
  expect((await kafka.values(output)).map(Number).sort((a, b) => a - b)).toEqual(range(0, 120));
});

test('E22: partitions that wait for a retry leave the others the memory to go on with', async () => {
  const [input, output] = [await kafka.topic('in', 4), await kafka.topic('out')];
  await kafka.produce(
    input,
    range(0, 300).map((n) => ({ value: numbered(n), partition: 1 + (n % 3) })),
  );
  const started = await running(
    {
      input,
      outputs: [output],
      onError: {
        handle: { policy: 'retry', times: 1, backoffMs: 60_000, backoffMaxMs: 60_000, otherwise: { policy: 'fail' } },
      },
      handle({ value, partition }, { out }) {
        if (partition > 0) throw new Error('its service is away');
        out.out(null, `${numberOf(value)}`);
      },
    },
    // Three queues up to their own mark would be more than the processor may hold.
    {
      limits: {
        partitionBytesMax: 1_000_000,
        partitionBytesLow: 200_000,
        processorBytesMax: 2_000_000,
        pollRecordsMax: 2,
        batchRecordsMax: 2,
      },
    },
  );
  const paused = (): number[] => started.of('partition-paused').map(({ partition }) => partition);
  await started.until('the three are paused', () => new Set(paused()).size >= 3);
  await kafka.produce(
    input,
    range(0, 100).map((n) => ({ value: numbered(n), partition: 0 })),
  );
  await started.committed(100);
  expect((await kafka.values(output)).map(Number)).toEqual(range(0, 100));
});

test('E22: a partition that is paused when it is taken away delivers when it comes back', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const name = uniqueName('paused');
  const story = { name, input, outputs: [output] };
  await kafka.produce(
    input,
    range(0, 40).map((n) => ({ value: numbered(n), partition: n % 2 })),
  );
  const held = gate();
  const first = await running(
    {
      ...story,
      async handle({ value }, { out }) {
        await held.pass();
        out.out(null, `${numberOf(value)}`);
      },
    },
    { limits: { partitionBytesMax: 100_000, partitionBytesLow: 50_000, pollRecordsMax: 2, batchRecordsMax: 2 } },
  );
  await first.until('both are paused', () => first.of('partition-paused').length === 2);
  const guest = await running({ ...story, handle: () => new Promise(() => {}) });
  await guest.owns(1);
  await first.owns(1);
  await guest.stop();
  await first.owns(2);
  held.open();
  await first.committed(40);
  expect((await kafka.values(output)).map(Number).sort((a, b) => a - b)).toEqual(range(0, 40));
});

test('a batch is settled when its outputs are large, however few records it took', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, range(0, 40).map(String));
  const started = await running(
    {
      input,
      outputs: [output],
      handle: ({ value }, { out }) => range(0, 4).forEach(() => out.out(null, `${value} ${large}`)),
    },
    { limits: { batchBytesMax: 1_000_000 } },
  );
  await started.committed(40);
  for (const { outputs } of started.of('batch-committed')) expect(outputs * large.length).toBeLessThan(1_300_000);
  expect((await kafka.values(output)).map(numberOf)).toEqual(range(0, 160).map((n) => Math.floor(n / 4)));
});

test('E22: a handler that emits without end is stopped by a bound, and its record is treated by its policy', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a', 'endless', 'b']);
  const started = await running(
    {
      input,
      outputs: [output],
      onError: { encode: { policy: 'skip' } },
      handle({ value }, { out }) {
        for (let i = 0; i < (value === 'endless' ? 1e9 : 1); i++) out.out(null, value);
      },
    },
    { limits: { callBytesMax: 100_000 } },
  );
  await started.committed(3);

  expect(await kafka.values(output)).toEqual(['a', 'b']);
  expect(started.of('record-skipped')).toMatchObject([{ offset: 1, failed: 'encode' }]);
});

test('E22: what is done holds nobody up: outputs that were committed count no more', async () => {
  const [input, output] = [await kafka.topic('in', 4), await kafka.topic('out')];
  const wide = 'x'.repeat(40_000);
  const started = await running(
    { input, outputs: [output], handle: (_, { out }) => out.out(null, wide) },
    { limits: { processorBytesMax: 100_000 } },
  );
  for (let round = 1; round <= 3; round++) {
    await kafka.produce(
      input,
      range(0, 4).map((partition) => ({ value: `${round}`, partition })),
    );
    await started.committed(4 * round);
  }
});

test('E14: an instance with many partitions says how many should share them, and does them all the same', async () => {
  const [input, output] = [await kafka.topic('in', 5), await kafka.topic('out')];
  const records = range(0, 5).map((partition) => ({ value: `${partition}`, partition }));
  await kafka.produce(input, records);
  const started = await running({ input, outputs: [output] }, { limits: { tasksMax: 2 } });
  await started.committed(5);

  expect(started.of('tasks-crowded')).toMatchObject([{ tasks: 5, instances: 3 }]);
});

// E20: where a partition begins, and what happens when what it should read is not there.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { gate } from '../support/engine-faults.js';
import { type Handle, topology } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { promised, RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('E20: a group without offsets begins where start says', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['old']);
  const label =
    (prefix: string): Handle =>
    ({ value }, { out }) =>
      out.out(null, `${prefix}: ${value}`);

  const refused = await running({ name: uniqueName('refuse'), input, start: 'refuse' });
  await expect(refused.failure()).resolves.toMatchObject({
    code: 'PRC_NO_COMMITTED_OFFSET',
    details: { topic: input, partition: 0, group: refused.name },
  });
  const earliest = await running({ start: 'earliest', input, outputs: [output], handle: label('earliest') });
  const latest = await running({ start: 'latest', input, outputs: [output], handle: label('latest') });
  await Promise.all([earliest.owns(1), latest.owns(1)]);
  await kafka.produce(input, ['new']);
  await Promise.all([earliest.committed(2), latest.committed(1)]);

  expect(await kafka.sorted(output)).toEqual(['earliest: new', 'earliest: old', 'latest: new']);
});

test('E20: a processor that refuses to guess goes on from an offset that somebody set', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const name = uniqueName('refuse');
  await kafka.produce(input, ['done elsewhere', 'next']);
  const operator = await kafka.consumer(name);
  operator.assign([]);
  operator.commitCb([{ topic: input, partition: 0, offset: 1 }], () => {});
  await promised<unknown>((callback) => operator.committed([{ topic: input, partition: 0 }], 5000, callback));

  const started = await running({ name, start: 'refuse', input, outputs: [output] });
  await started.committed(1);
  expect(await kafka.values(output)).toEqual(['next']);
});

test('E20: records that were read by nobody and deleted are named, never skipped', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const made = topology({ input, outputs: [output] });
  await kafka.produce(input, ['0', '1']);
  const before = await running(made);
  await before.committed(2);
  await before.stop();
  await kafka.produce(input, ['2', '3', '4']);
  await kafka.deleteRecordsBefore(input, 4);

  const after = await running(made);
  await expect(after.failure()).resolves.toMatchObject({
    code: 'PRC_OFFSET_OUT_OF_RANGE',
    details: { topic: input, partition: 0, offset: 2, low: 4, high: 5 },
  });
  expect(await kafka.values(output)).toEqual(['0', '1']);
});

test('E20: an offset beyond the end of the log is named, never waited for', async () => {
  const input = await kafka.topic('in');
  const name = uniqueName('beyond');
  const operator = await kafka.consumer(name);
  operator.assign([]);
  operator.commitCb([{ topic: input, partition: 0, offset: 100 }], () => {});
  await promised<unknown>((callback) => operator.committed([{ topic: input, partition: 0 }], 5000, callback));

  const started = await running({ name, input }, { limits: { transactionTimeoutMs: 1000 } });
  await expect(started.failure()).resolves.toMatchObject({
    code: 'PRC_OFFSET_OUT_OF_RANGE',
    details: { offset: 100, low: 0, high: 0 },
  });
});

test('E20: records deleted under a reader that stands still are noticed', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['0', '1', '2', '3']);
  // The reader is held at the first record, and so at most one poll ahead of it.
  const first = gate();
  const started = await running(
    {
      input,
      outputs: [output],
      async handle({ value }, { out }) {
        await first.pass();
        out.out(null, value);
      },
    },
    {
      limits: { stallMs: 300, pollRecordsMax: 1, partitionBytesMax: 0, partitionBytesLow: 1, batchRecordsMax: 1 },
    },
  );
  await first.reached;
  await started.until('the reader is paused', () => started.of('partition-paused').length > 0);
  await kafka.produce(input, ['4', '5', '6']);
  await kafka.deleteRecordsBefore(input, 6);
  first.open();
  const error = await started.failure();
  expect(error).toMatchObject({ code: 'PRC_OFFSET_OUT_OF_RANGE', details: { topic: input, low: 6, high: 7 } });
  expect(started.of('partition-stalled').length).toBe(1);
});

test('E20: a quiet partition is looked at and left alone, whatever comes while it is looked at', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const looking = gate();
  let looks = 0;
  let isStarted = false;
  const started = await running(
    { input, outputs: [output] },
    {
      limits: { stallMs: 100 },
      // The broker takes its time to say what there is: meanwhile records come, and are done.
      between(real) {
        const offsetRanges = real.offsetRanges.bind(real);
        real.offsetRanges = async (partitions) => {
          if (!isStarted || looks++ > 0) return offsetRanges(partitions);
          await looking.pass();
          return offsetRanges(partitions);
        };
      },
    },
  );
  await kafka.produce(input, ['a']);
  await started.committed(1);
  isStarted = true;
  await looking.reached;
  await kafka.produce(input, ['b', 'c']);
  await started.committed(3);
  looking.open();
  await started.until('it was looked at again', () => looks > 2);
  await kafka.produce(input, ['d']);
  await started.committed(4);

  expect(await kafka.values(output)).toEqual(['a', 'b', 'c', 'd']);
});

test('E20: what has come this very moment is no standstill', async () => {
  const input = await kafka.topic('in');
  let looks = 0;
  const started = await running(
    { input },
    {
      limits: { stallMs: 100 },
      // Each look finds one record more, as on a partition that a trickle of records comes to.
      between(real) {
        const offsetRanges = real.offsetRanges.bind(real);
        real.offsetRanges = async (partitions) => {
          const ranges = await offsetRanges(partitions);
          looks++;
          const isFresh = looks % 2 === 0;
          return ranges.map((range) => ({ ...range, stable: range.stable + (isFresh ? 1 : 0) }));
        };
      },
    },
  );
  await started.owns(1);
  await started.until('it was looked at often', () => looks > 8);

  expect(started.of('partition-stalled')).toEqual([]);
});

test("E20: start 'latest' holds also where a batch is taken away before the group has any offset", async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const name = uniqueName('latest');
  const story = { name, start: 'latest' as const, input, outputs: [output] };
  const held = gate();
  const first = await running({ ...story, handle: () => held.pass() });
  await first.owns(2);
  await kafka.produce(input, [
    { value: 'new in 0', partition: 0 },
    { value: 'new in 1', partition: 1 },
  ]);
  await first.until('both records are being handled', () => held.arrivals === 2);
  await first.stop();
  const second = await running(story);
  await second.owns(2);
  await kafka.produce(input, [
    { value: 'newer in 0', partition: 0 },
    { value: 'newer in 1', partition: 1 },
  ]);
  await second.committed(4);

  expect(await kafka.sorted(output)).toEqual(['new in 0', 'new in 1', 'newer in 0', 'newer in 1']);
});

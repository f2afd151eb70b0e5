// E19: where a retry waits, and what goes on meanwhile.

import { beforeAll, expect, test } from 'vitest';
import type { RetryPolicy } from '../../src/core/topology.js';
import { running } from '../support/engine.js';
import { refuseFirstOffsets } from '../support/engine-faults.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const patiently: RetryPolicy = {
  policy: 'retry',
  times: 3,
  backoffMs: 400,
  backoffMaxMs: 400,
  otherwise: { policy: 'skip' },
};

test('E19: while a record waits for its next attempt, those before it are committed and no transaction is open', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a', 'b', 'slow', 'c']);
  let attempts = 0;
  const started = await running({
    input,
    outputs: [output],
    // Long enough to look at what is there while it waits.
    onError: { handle: { ...patiently, backoffMs: 1500, backoffMaxMs: 1500 } },
    handle({ value }, { out }) {
      out.out(null, value);
      if (value === 'slow' && ++attempts < 3) throw new Error('not yet');
    },
  });
  await started.until('it waits', () => started.of('retry-scheduled').length === 1);
  await started.committed(2);
  await eventually('what came before is visible', async () => (await kafka.values(output, 'committed')).length === 2);
  expect(attempts).toBe(1);
  const { stable, high } = await kafka.ends(output);
  expect(stable).toBe(high);
  expect(await kafka.committed(started.name, input)).toBe(2);

  await started.committed(4);
  expect(await kafka.values(output)).toEqual(['a', 'b', 'slow', 'c']);
  expect(started.of('retry-scheduled').map(({ offset, attempt }) => [offset, attempt])).toEqual([
    [2, 1],
    [2, 2],
  ]);
  expect(started.of('batch-aborted')).toEqual([]);
});

test('E19: attempts are counted over the waits, so that the last policy comes', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a', 'never', 'b']);
  let attempts = 0;
  const started = await running({
    input,
    outputs: [output],
    onError: { handle: { ...patiently, times: 2, backoffMs: 110 } },
    handle({ value }, { out }) {
      if (value === 'never') {
        attempts++;
        throw new Error('never');
      }
      out.out(null, value);
    },
  });
  await started.committed(3);
  expect(attempts).toBe(3);
  expect(started.of('record-skipped')).toMatchObject([{ offset: 1 }]);
  expect(await kafka.values(output)).toEqual(['a', 'b']);
});

test('E19: other partitions go on while one waits', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  let isWell = false;
  await kafka.produce(input, [{ value: 'ill', partition: 0 }]);
  const started = await running({
    input,
    outputs: [output],
    onError: { handle: { ...patiently, times: 1000, backoffMs: 150 } },
    handle({ value }, { out }) {
      if (value === 'ill' && !isWell) throw new Error('still ill');
      out.out(null, value);
    },
  });
  await started.until('one waits', () => started.of('retry-scheduled').length > 0);
  for (const value of ['a', 'b', 'c']) {
    await kafka.produce(input, [{ value, partition: 1 }]);
    await eventually(`${value} is through`, async () => (await kafka.values(output, 'committed')).includes(value));
  }
  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
  isWell = true;
  await started.committed(4);
  expect(await kafka.values(output)).toEqual(['a', 'b', 'c', 'ill']);
});

test('E19: a wait ends at once when the partition is taken, and its successor does the record', async () => {
  const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
  const name = uniqueName('waiting');
  await kafka.produce(input, [
    { value: '0', partition: 0 },
    { value: '1', partition: 1 },
  ]);
  const forAnHour = { ...patiently, backoffMs: 3_600_000, backoffMaxMs: 3_600_000 };
  const waiting = await running({
    name,
    input,
    outputs: [output],
    onError: { handle: forAnHour },
    handle() {
      throw new Error('in an hour');
    },
  });
  await waiting.until('both wait', () => waiting.of('retry-scheduled').length === 2);
  const successor = await running({ name, input, outputs: [output] });
  await successor.committed(1);
  await waiting.stop();
  await successor.committed(2);
  expect(await kafka.sorted(output)).toEqual(['0', '1']);
});

test('E19: attempts that an abort has undone are not counted against the replay', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a']);
  const attempts: string[] = [];
  const started = await running(
    {
      input,
      outputs: [output],
      onError: { handle: { policy: 'retry', times: 2, backoffMs: 1, backoffMaxMs: 1, otherwise: { policy: 'skip' } } },
      handle({ value }, { out }) {
        attempts.push(value);
        // Its second attempt succeeds, but what it did is undone; the replay fails twice, which is what it may.
        if (attempts.length !== 2 && attempts.length < 5) throw new Error('not yet');
        out.out(null, value);
      },
    },
    { between: refuseFirstOffsets(() => {}) },
  );
  await started.committed(1);

  expect(await kafka.values(output)).toEqual(['a']);
  expect(attempts).toHaveLength(5);
});

// What becomes of a record that fails: each part of its treatment under each policy, per record and per batch.

import { beforeAll, describe, expect, test } from 'vitest';
import type { AnyCodec, Codec } from '../../src/core/codec.js';
import type { ErrorPolicies, RetryPolicy } from '../../src/core/topology.js';
import { running } from '../support/engine.js';
import { gate } from '../support/engine-faults.js';
import { type Handle, topology } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

/** A text that is refused where it says `bad`. */
const fussy: Codec<string> = {
  format: 'fussy',
  nullable: false,
  open: () => ({
    decode(bytes, start, end) {
      const text = Buffer.from(bytes.subarray(start, end)).toString();
      if (text === 'bad') throw new TypeError('bad bytes');
      return text;
    },
    encode(value, sink) {
      const bytes = Buffer.from(value);
      sink.reserve(bytes.length);
      sink.bytes.set(bytes, sink.position);
      sink.position += bytes.length;
      // Fails late, so that bytes of it are in the sink already.
      if (value === 'bad') throw new TypeError('bad value');
    },
  }),
};

const throwing: Handle = ({ value }, { out }) => {
  out.out(null, `${value} first`);
  if (value === 'bad') throw new RangeError('bad luck');
  out.out2(null, `${value} second`);
};
const touching: Handle = ({ value }, { out }) => {
  out.out(null, `${value} first`);
  out.out2(null, `${value} second`);
};
const emitting: Handle = ({ value }, { out }) => {
  out.out(null, 'before');
  out.out2(null, value);
};

const parts: Readonly<
  Record<string, { handle: Handle; inputValue?: AnyCodec; outputValue?: AnyCodec; thrown: string }>
> = {
  decode: { handle: touching, inputValue: fussy, thrown: 'TypeError' },
  handle: { handle: throwing, thrown: 'RangeError' },
  encode: { handle: emitting, outputValue: fussy, thrown: 'TypeError' },
};

describe.each(Object.entries(parts))('a record that fails in %s', (part, { thrown, ...story }) => {
  test('fail ends the processor with one error; nothing of the batch is visible, and the record comes again', async () => {
    const { input, first, second, letters } = await topics();
    await kafka.produce(input, ['good', 'bad', 'good']);
    const made = topology({ input, outputs: [first, second], ...story });
    for (let start = 0; start < 2; start++) {
      const failed = await running(made);
      expect(await failed.failure()).toMatchObject({
        code: 'PRC_RECORD_FAILED',
        details: { topic: input, partition: 0, offset: 1, part },
        cause: expect.objectContaining({ message: expect.stringContaining('bad') }),
      });
      expect(failed.of('processor-failed').length).toBe(1);
      expect(failed.of('batch-committed')).toEqual([]);
    }
    for (const topic of [first, second, letters]) expect(await kafka.values(topic, 'uncommitted')).toEqual([]);
    expect(await kafka.committed(made.name, input)).toBeUndefined();
  });

  test('skip leaves nothing of it, and its neighbours are done', async () => {
    const { input, first, second } = await topics();
    await kafka.produce(input, ['good', 'bad', 'good']);
    const skipping = await running({
      input,
      outputs: [first, second],
      ...story,
      onError: { [part]: { policy: 'skip' } },
    });
    await skipping.committed(3);
    expect((await kafka.values(first)).length).toBe(2);
    expect((await kafka.values(second)).length).toBe(2);
    expect(skipping.of('record-skipped')).toMatchObject([{ offset: 1, failed: part, topic: input, partition: 0 }]);
  });

  test('dead-letter keeps the record as it came, and says where it is from and why it is there', async () => {
    const { input, first, second, letters } = await topics();
    const before = Date.now();
    await kafka.produce(input, [
      'good',
      {
        value: 'bad',
        key: 'its key',
        timestamp: 880_000_000_000,
        headers: [{ h: Buffer.from('1') }, { h: Buffer.from('2') }],
      },
      'good',
    ]);
    const policies = { [part]: { policy: 'dead-letter', topic: letters } } as Partial<ErrorPolicies>;
    const started = await running({ input, outputs: [first, second], ...story, onError: policies });
    await started.committed(3);
    const [letter, ...others] = await kafka.read(letters);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ key: 'its key', value: 'bad' });
    expect(letter?.timestamp).toBeGreaterThanOrEqual(before);
    expect(letter?.headers).toEqual([
      ['h', '1'],
      ['h', '2'],
      ['dlq.topic', input],
      ['dlq.partition', '0'],
      ['dlq.offset', '1'],
      ['dlq.timestamp', '880000000000'],
      ['dlq.processor', started.name],
      ['dlq.failed', part],
      ['dlq.error.class', thrown],
      ['dlq.error.message', expect.stringContaining('bad')],
    ]);
    expect((await kafka.values(first)).length).toBe(2);
    expect((await kafka.values(second)).length).toBe(2);
    expect(started.of('record-dead-lettered')).toMatchObject([{ offset: 1, failed: part, to: letters }]);
  });
});

test('a decode failure that the handler catches is a decode failure all the same', async () => {
  const { input, first, second } = await topics();
  await kafka.produce(input, ['bad', 'good']);
  const catching: Handle = (record, { out }) => {
    let value = 'nothing';
    try {
      ({ value } = record);
    } catch {
      // It carries on as if nothing had happened.
    }
    out.out(null, value);
  };
  const onError = { decode: { policy: 'skip' as const } };
  const started = await running({ input, outputs: [first, second], inputValue: fussy, handle: catching, onError });
  await started.committed(2);
  expect(await kafka.values(first)).toEqual(['good']);
});

test('bytes that are never touched are never checked', async () => {
  const { input, first, second } = await topics();
  await kafka.produce(input, [{ value: 'bad', key: 'k' }]);
  const keyOnly: Handle = ({ key }, { out }) => out.out(key, 'the key is enough');
  const started = await running({ input, outputs: [first, second], inputValue: fussy, handle: keyOnly });
  await started.committed(1);
  expect(await kafka.values(first)).toEqual(['the key is enough']);
});

test('retry: attempts that failed leave nothing behind, and the one that succeeds counts once', async () => {
  const { input, first, second } = await topics();
  await kafka.produce(input, ['a', 'b', 'c']);
  let calls = 0;
  const handle: Handle = async ({ value }, { out }) => {
    out.out(null, value);
    if (value === 'b' && ++calls < 3) throw new Error(`attempt ${calls}`);
    out.out2(null, value);
  };
  const started = await running({ input, outputs: [first, second], handle, onError: { handle: retry(3, 10) } });
  await started.committed(3);
  expect(await kafka.values(first)).toEqual(['a', 'b', 'c']);
  expect(await kafka.values(second)).toEqual(['a', 'b', 'c']);
  expect(started.of('retry-scheduled')).toMatchObject([
    { offset: 1, attempt: 1, waitMs: 10 },
    { offset: 1, attempt: 2, waitMs: 20 },
  ]);
  // Short waits are waited inside the batch: it is still one.
  expect(started.of('batch-committed').length).toBe(1);
});

test('retry: what fails every time goes the way that comes after', async () => {
  const { input, first, second, letters } = await topics();
  await kafka.produce(input, ['a', 'bad', 'c']);
  const onError = { handle: retry(2, 5, { policy: 'dead-letter', topic: letters }) };
  const started = await running({ input, outputs: [first, second], handle: throwing, onError });
  await started.committed(3);
  expect(started.of('retry-scheduled').length).toBe(2);
  expect(await kafka.values(letters)).toEqual(['bad']);
  expect(await kafka.values(first)).toEqual(['a first', 'c first']);
});

describe('a handler that takes the whole batch', () => {
  test('is given every record of it, and what it emits is one batch', async () => {
    const { input, first, second } = await topics();
    await kafka.produce(input, ['a', 'b', 'c']);
    const sizes: number[] = [];
    const started = await running({
      input,
      outputs: [first, second],
      handleBatch(batch, { out }) {
        sizes.push(batch.length);
        for (const { key, value } of batch) out.out(key, value);
      },
    });
    await started.committed(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3);
    expect(await kafka.values(first)).toEqual(['a', 'b', 'c']);
  });

  test('is given halves when it fails, down to the one record that it is about; the others are done once', async () => {
    const { input, first, second, letters } = await topics();
    const values = ['0', '1', '2', '3', '4', '5', 'bad', '7'];
    await kafka.produce(input, values);
    const calls: string[] = [];
    const started = await running({
      input,
      outputs: [first, second],
      onError: { handle: { policy: 'dead-letter', topic: letters } },
      async handleBatch(batch, { out }) {
        const given = [...batch].map(({ value }) => value);
        calls.push(given.join(''));
        for (const value of given) out.out(null, value);
        await Promise.resolve();
        if (given.includes('bad')) throw new Error('one of them is bad');
      },
    });
    await started.committed(8);
    expect(await kafka.values(first)).toEqual(values.filter((value) => value !== 'bad'));
    expect(await kafka.values(letters)).toEqual(['bad']);
    expect(calls.slice(-7)).toEqual(['01234567'.replace('6', 'bad'), '0123', '45bad7', '45', 'bad7', 'bad', '7']);
  });

  test('is tried again as a whole first, and its halves are not', async () => {
    const { input, first, second } = await topics();
    await kafka.produce(input, ['0', '1', '2', 'bad']);
    const calls: string[] = [];
    const started = await running({
      input,
      outputs: [first, second],
      onError: { handle: retry(2, 5, { policy: 'skip' }) },
      handleBatch(batch, { out }) {
        const given = [...batch].map(({ value }) => value);
        calls.push(given.join(''));
        for (const value of given) out.out(null, value);
        if (given.includes('bad')) throw new Error('one of them is bad');
      },
    });
    await started.committed(4);
    expect(await kafka.values(first)).toEqual(['0', '1', '2']);
    expect(calls.filter((call) => call === '012bad').length).toBe(3);
    expect(started.of('retry-scheduled').map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(started.of('record-skipped')).toMatchObject([{ offset: 3 }]);
  });

  test('gets the others when one record cannot be decoded', async () => {
    const { input, first, second } = await topics();
    await kafka.produce(input, ['a', 'bad', 'c']);
    const started = await running({
      input,
      outputs: [first, second],
      inputValue: fussy,
      onError: { decode: { policy: 'skip' } },
      handleBatch(batch, { out }) {
        for (const { value } of batch) out.out(null, value);
      },
    });
    await started.committed(3);
    expect(await kafka.values(first)).toEqual(['a', 'c']);
    expect(started.of('record-skipped')).toMatchObject([{ offset: 1, failed: 'decode' }]);
  });
});

test('E18: of two partitions that fail, one error ends the processor', async () => {
  const [input, out] = [await kafka.topic('in', 2), await kafka.topic('out')];
  await kafka.produce(input, [
    { value: 'bad', partition: 0 },
    { value: 'bad', partition: 1 },
  ]);
  const both = gate();
  const failed = await running({
    input,
    outputs: [out],
    async handle() {
      if (both.arrivals === 1) both.open();
      await both.pass();
      throw new Error('bad');
    },
  });
  await expect(failed.failure()).resolves.toMatchObject({ code: 'PRC_RECORD_FAILED' });
  expect(failed.of('processor-failed').length).toBe(1);
  expect(failed.of('processor-stopped').length).toBe(1);
});

async function topics() {
  const [input, first, second, letters] = [
    await kafka.topic('in'),
    await kafka.topic('first'),
    await kafka.topic('second'),
    await kafka.topic('letters'),
  ];
  return { input, first, second, letters };
}

function retry(
  times: number,
  backoffMs: number,
  otherwise: RetryPolicy['otherwise'] = { policy: 'fail' },
): RetryPolicy {
  return { policy: 'retry', times, backoffMs, backoffMaxMs: 60_000, otherwise };
}

// E21: records that the broker does not take. They are found in halves, treated by their policy, and cost no other record
// its place.

import { beforeAll, describe, expect, test } from 'vitest';
import type { FinalPolicy, Guarantee, RetryPolicy } from '../../src/core/topology.js';
import { KafkaError } from '../../src/ports/kafka.js';
import { running } from '../support/engine.js';
import { gate, producers } from '../support/engine-faults.js';
import { range, type Story } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(async () => {
  kafka = new RawKafka(testBrokers());
  return () => kafka.close();
});

/** Nothing compresses it. */
const noise = Array.from({ length: 5000 }, () => Math.random().toString(36).slice(2, 3)).join('');
const settings = { 'compression.type': 'none' };

interface Narrow {
  readonly story: Story & { readonly name: string; readonly input: string };
  readonly output: string;
  readonly deadLetters: string;
}

/** Copies texts into a topic that takes records of up to 2,000 bytes; `large` ones become 5,000. */
async function narrow(
  given: Omit<Partial<Story>, 'name' | 'input'> & { readonly encode: FinalPolicy },
  config: Readonly<Record<string, string>> = { 'max.message.bytes': '2000' },
): Promise<Narrow> {
  const { encode, ...story } = given;
  const input = await kafka.topic('in');
  const output = await kafka.topic('narrow', 1, config);
  const name = uniqueName('narrow');
  const deadLetters = `${name}.dlq`;
  await kafka.createTopic(deadLetters);
  return {
    story: {
      name,
      input,
      outputs: [output],
      onError: { encode },
      handle: ({ value }, { out }) => out.out(null, value.startsWith('large') ? `${value}${noise}` : value),
      ...story,
    },
    output,
    deadLetters,
  };
}

const letters: FinalPolicy = { policy: 'dead-letter' };

describe.each<Guarantee>(['exactly-once', 'at-least-once'])('%s', (guarantee) => {
  test('one record among 300 that the broker does not take goes to the dead letters, the others through', async () => {
    const { story, output, deadLetters } = await narrow({ guarantee, encode: letters });
    const values = range(0, 300).map((n) => (n === 211 ? 'large' : `${n}`));
    await kafka.produce(story.input, values);
    const started = await running(story, { settings });
    await started.committed(300);

    const expected = values.filter((value) => value !== 'large');
    const visible = await kafka.values(output);
    // At-least-once: of a batch that is refused in part, a later part may have got through before it comes again.
    if (guarantee === 'exactly-once') expect(visible).toEqual(expected);
    else expect(new Set(visible)).toEqual(new Set(expected));
    expect(await kafka.values(deadLetters)).toEqual(['large']);
    expect(await kafka.committed(story.name, story.input)).toBe(300);
    expect(started.of('record-dead-lettered')).toMatchObject([{ offset: 211, failed: 'encode' }]);
  });

  test('without a policy for it the processor ends and names the record; what came before is committed', async () => {
    const { story } = await narrow({ guarantee, encode: { policy: 'fail' } });
    await kafka.produce(story.input, ['a', 'b', 'large', 'd']);
    const started = await running(story, { settings });
    const error = await started.failure();

    expect(error).toMatchObject({ code: 'PRC_RECORD_FAILED', details: { offset: 2, part: 'encode' } });
    expect(error.message).toContain('MSG_SIZE_TOO_LARGE');
    expect(await kafka.committed(story.name, story.input)).toBe(2);
  });
});

test('several of them in one batch, of a handler for whole batches, are each found', async () => {
  const { story, output, deadLetters } = await narrow({
    encode: letters,
    handleBatch: (batch, { out }) => {
      for (const { value } of batch) out.out(null, value.startsWith('large') ? `${value}${noise}` : value);
    },
  });
  const values = range(0, 50).map((n) => (n % 20 === 7 ? `large ${n}` : `${n}`));
  await kafka.produce(story.input, values);
  const started = await running(story, { settings });
  await started.committed(50);

  expect(await kafka.values(output)).toEqual(values.filter((value) => !value.startsWith('large')));
  expect(await kafka.values(deadLetters)).toEqual(['large 7', 'large 27', 'large 47']);
});

test('a record before it that fails, waits and is given up keeps nobody from finding it', async () => {
  const { story, output, deadLetters } = await narrow({
    encode: letters,
    handle({ value }, { out }) {
      if (value === 'bad') throw new Error('bad, each time');
      out.out(null, value === 'large' ? noise : value);
    },
  });
  const handle: RetryPolicy = {
    policy: 'retry',
    times: 1,
    backoffMs: 150,
    backoffMaxMs: 150,
    otherwise: { policy: 'skip' },
  };
  await kafka.produce(story.input, ['a', 'bad', 'b', 'c', 'd', 'e', 'large', 'f']);
  const started = await running({ ...story, onError: { encode: letters, handle } }, { settings });
  await started.committed(8);

  expect(await kafka.values(output)).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(await kafka.values(deadLetters)).toEqual(['large']);
});

test('a refusal that comes when its task has been given up concerns nobody', async () => {
  const { story, output } = await narrow({ encode: letters });
  await kafka.produce(story.input, ['a']);
  const committing = gate();
  const started = await running(story, {
    settings,
    limits: { shutdownTimeoutMs: 100 },
    between: producers((producer) => {
      producer.commit = async () => {
        await committing.pass();
        throw new KafkaError('MSG_SIZE_TOO_LARGE', 'commit: too large', { abortable: true });
      };
    }),
  });
  await committing.reached;
  await started.stop();
  committing.open();
  // The next owner ends what it has left open.
  await kafka.owner(`${story.name}/${story.input}/0`);
  // What would be thrown now, nobody would catch: the run of the tests would fail by it.
  await new Promise((resolve) => setImmediate(resolve));

  expect(await kafka.values(output)).toEqual([]);
  expect(started.of('task-closed')).toHaveLength(1);
});

test('what the client itself does not send is the same', async () => {
  const { story, output, deadLetters } = await narrow({ encode: letters }, {});
  await kafka.produce(story.input, ['a', 'large', 'c']);
  const started = await running(story, { settings: { ...settings, 'message.max.bytes': 4000 } });
  await started.committed(3);

  expect(await kafka.values(output)).toEqual(['a', 'c']);
  expect(await kafka.values(deadLetters)).toEqual(['large']);
});

test('a record without a key for a compacted topic is one as well', async () => {
  const { story, output, deadLetters } = await narrow(
    { encode: letters, handle: ({ value }, { out }) => out.out(value === 'keyless' ? null : value, value) },
    { 'cleanup.policy': 'compact' },
  );
  await kafka.produce(story.input, ['a', 'keyless', 'c']);
  const started = await running(story, { settings });
  await started.committed(3);

  expect(await kafka.values(output)).toEqual(['a', 'c']);
  expect(await kafka.values(deadLetters)).toEqual(['keyless']);
});

test.each<Guarantee>(['exactly-once', 'at-least-once'])(
  '%s: a dead letter that is too large itself is cut down to its key, its headers and the beginning of its value',
  async (guarantee) => {
    const input = await kafka.topic('in');
    const output = await kafka.topic('narrow', 1, { 'max.message.bytes': '2000' });
    const name = uniqueName('narrow');
    const deadLetters = `${name}.dlq`;
    await kafka.createTopic(deadLetters, 1, { 'max.message.bytes': '2500' });
    await kafka.produce(input, ['a', { key: 'its key', value: noise, headers: [{ trace: Buffer.from('kept') }] }, 'c']);
    const story: Story = { name, guarantee, input, outputs: [output], onError: { encode: letters } };
    const started = await running(story, { settings });
    await started.committed(3);

    expect([...new Set(await kafka.values(output))]).toEqual(['a', 'c']);
    expect(started.of('record-dead-lettered').at(-1)).toMatchObject({ offset: 1, extent: 'cut' });
    const [letter, ...others] = await kafka.read(deadLetters);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ key: 'its key', value: noise.slice(0, 1000) });
    expect(Object.fromEntries(letter?.headers ?? [])).toMatchObject({
      trace: 'kept',
      'dlq.offset': '1',
      'dlq.value.bytes': '5000',
      'dlq.error.message': expect.stringContaining('MSG_SIZE_TOO_LARGE'),
    });
  },
);

test('a record that had failed before, and whose dead letter is too large, is there with what it had failed by', async () => {
  const input = await kafka.topic('in');
  const name = uniqueName('narrow');
  const deadLetters = `${name}.dlq`;
  await kafka.createTopic(deadLetters, 1, { 'max.message.bytes': '2500' });
  await kafka.produce(input, ['a', noise, 'c']);
  const started = await running(
    {
      name,
      input,
      onError: { handle: letters },
      handle({ value }) {
        if (value === noise) throw new RangeError('no such value');
      },
    },
    { settings },
  );
  await started.committed(3);
  const [letter, ...others] = await kafka.read(deadLetters);
  expect(others).toEqual([]);
  expect(Object.fromEntries(letter?.headers ?? [])).toMatchObject({
    'dlq.failed': 'handle',
    'dlq.error.class': 'RangeError',
    'dlq.error.message': 'no such value',
    'dlq.value.bytes': '5000',
  });
});

test('a dead letter that the broker does not take either ends the processor, and nothing is lost', async () => {
  const input = await kafka.topic('in');
  const output = await kafka.topic('narrow', 1, { 'max.message.bytes': '2000' });
  const name = uniqueName('narrow');
  const deadLetters = `${name}.dlq`;
  await kafka.createTopic(deadLetters, 1, { 'max.message.bytes': '1000' });
  await kafka.produce(input, ['a', noise, 'c']);
  const story: Story = { name, input, outputs: [output], onError: { encode: letters } };
  const started = await running(story, { settings });
  const error = await started.failure();

  expect(error).toMatchObject({ code: 'PRC_DEAD_LETTER_REFUSED', details: { offset: 1 } });
  expect(await kafka.committed(name, input)).toBe(1);
  expect(await kafka.values(deadLetters)).toEqual([]);
});

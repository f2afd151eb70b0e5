// The two weaker guarantees, each held to what it does promise.

import { beforeAll, describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/ports/kafka.js';
import { running } from '../support/engine.js';
import { consumers, gate, producers } from '../support/engine-faults.js';
import { range, topology } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

describe.each(['exactly-once', 'at-least-once', 'at-most-once'] as const)('%s', (guarantee) => {
  test('on a good day each record is done once, also across a restart and a hand-over', async () => {
    const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out', 2)];
    const made = topology({ guarantee, input, outputs: [output] });
    const write = (from: number): Promise<void> =>
      kafka.produce(
        input,
        range(from, from + 100).map((n) => ({ value: `${n}`, key: `${n}`, partition: n % 2 })),
      );
    await write(0);
    const first = await running(made);
    await first.committed(100);
    await first.stop();
    await write(100);
    const second = await running(made);
    await second.committed(100);
    const third = await running(made);
    await third.owns(1);
    await write(200);
    await Promise.all([second.committed(150), third.committed(50)]);

    const values = (await kafka.values(output)).map(Number);
    expect([...values].sort((a, b) => a - b)).toEqual(range(0, 300));
    for (const one of [first, second, third])
      expect([...one.of('records-dropped'), ...one.of('call-failed')]).toEqual([]);
    for (const partition of [0, 1]) expect(await kafka.committed(made.name, input, partition)).toBe(150);
  });

  test('only records of committed transactions are read', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const writer = await kafka.owner(`writer/${input}`);
    await writer.write(input, ['aborted'], 'abort');
    await writer.write(input, ['committed']);
    const started = await running({ guarantee, input, outputs: [output] });
    await started.committed(1);
    expect(await kafka.values(output)).toEqual(['committed']);
  });
});

describe('at-least-once', () => {
  test('a commit that fails after the outputs were delivered does them again', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'b']);
    const made = topology({ guarantee: 'at-least-once', input, outputs: [output] });
    const interrupted = await running(made, {
      between: consumers((consumer) => (consumer.commit = () => gate().pass())),
    });
    await interrupted.owns(1);
    await expect.poll(() => kafka.values(output), { timeout: 10_000 }).toEqual(['a', 'b']);
    await interrupted.stop();
    const next = await running(made);
    await next.committed(2);
    expect(await kafka.values(output)).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe('at-most-once', () => {
  test('what was claimed by one that is gone is not done again', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'b']);
    const made = topology({ guarantee: 'at-most-once', input, outputs: [output] });
    const delivering = gate();
    // It goes between the claim and the outputs.
    const interrupted = await running(made, {
      between: producers((producer) => (producer.deliver = () => delivering.pass())),
      limits: { shutdownTimeoutMs: 200 },
    });
    await delivering.reached;
    expect(await kafka.committed(made.name, input)).toBe(2);
    await interrupted.stop();
    expect(interrupted.of('records-dropped')).toMatchObject([{ records: 2 }]);
    await kafka.produce(input, ['c']);
    const next = await running(made);
    await next.committed(1);
    expect(await kafka.values(output)).toEqual(['c']);
  });

  test('a record that fails for good is not done again after a restart', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'bad', 'b']);
    const made = topology({
      guarantee: 'at-most-once',
      input,
      outputs: [output],
      handle({ value }, { out }) {
        if (value === 'bad') throw new Error('bad');
        out.out(null, value);
      },
    });
    const failed = await running(made);
    expect(await failed.failure()).toMatchObject({ code: 'PRC_RECORD_FAILED', details: { offset: 1 } });
    await kafka.produce(input, ['c']);
    const next = await running(made);
    await next.committed(1);
    expect(await kafka.values(output)).toEqual(['c']);
    expect(failed.of('records-dropped')).toMatchObject([{ records: 3 }]);
  });

  test('outputs that nobody took are said to be lost', async () => {
    const input = await kafka.topic('in');
    const narrow = await kafka.topic('narrow', 1, { 'max.message.bytes': '2000' });
    const random = Array.from({ length: 5000 }, () => Math.random().toString(36).slice(2, 3)).join('');
    await kafka.produce(input, ['large']);
    const started = await running(
      {
        guarantee: 'at-most-once',
        input,
        outputs: [narrow],
        handle: ({ value }, { out }) => out.out(null, value === 'large' ? random : value),
      },
      { settings: { 'compression.type': 'none' } },
    );
    await started.until('it says so', () => started.of('records-dropped').length > 0);
    await kafka.produce(input, ['small']);
    await started.until('it goes on', () => started.of('batch-committed').some(({ end }) => end === 2));
    expect(started.of('records-dropped')).toMatchObject([{ records: 1 }]);
    expect(await kafka.values(narrow)).toEqual(['small']);
  });

  test('a part of a claimed batch that could not be sent is said to be lost, and the rest of it is done', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'b', 'c', 'd']);
    let deliveries = 0;
    const started = await running(
      { guarantee: 'at-most-once', input, outputs: [output] },
      {
        // Every record fills a batch.
        limits: { batchBytesMax: 1 },
        between: producers((producer) => {
          const deliver = producer.deliver.bind(producer);
          producer.deliver = (...args) =>
            ++deliveries === 2
              ? Promise.reject(new KafkaError('_MSG_TIMED_OUT', 'deliver: no answer'))
              : deliver(...args);
        }),
      },
    );
    await started.committed(3);

    expect(await kafka.values(output)).toEqual(['a', 'c', 'd']);
    expect(started.of('records-dropped')).toMatchObject([{ records: 1 }]);
  });

  test('E5: what it has claimed it finishes before it gives the partition up', async () => {
    const [input, output] = [await kafka.topic('in', 2), await kafka.topic('out')];
    const made = topology({ guarantee: 'at-most-once', input, outputs: [output] });
    await kafka.produce(input, [
      { value: '0', partition: 0 },
      { value: '1', partition: 1 },
    ]);
    const handling = gate();
    const claimed = await running(
      topology({
        name: made.name,
        guarantee: 'at-most-once',
        input,
        outputs: [output],
        async handle({ value }, { out }) {
          await handling.pass();
          out.out(null, value);
        },
      }),
    );
    await claimed.until('both are claimed', () => handling.arrivals === 2);
    const successor = await running(made);
    await claimed.until('one is taken', () => claimed.of('rebalanced').some(({ kind }) => kind === 'revoked'));
    handling.open();
    await successor.owns(1);
    await claimed.committed(2);
    expect(await kafka.sorted(output)).toEqual(['0', '1']);
    expect(claimed.of('records-dropped')).toEqual([]);
  });
});

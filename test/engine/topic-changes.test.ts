// Topics that change under a running processor: grown, deleted, made anew (E17, E18). Nothing is lost in silence, and what
// cannot go on ends with its reason.

import { beforeAll, describe, expect, test } from 'vitest';
import type { Kafka } from '../../src/ports/kafka.js';
import { running } from '../support/engine.js';
import { type Gate, gate } from '../support/engine-faults.js';
import { range } from '../support/engine-story.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

const limits = { topicsMs: 200 };

describe.each(['classic', 'consumer'])('by the %s group protocol', (protocol) => {
  const settings = { 'group.protocol': protocol, 'topic.metadata.refresh.interval.ms': 500 };

  test('a partition that is added to an input is done like the others', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const started = await running({ input, outputs: [output] }, { settings, limits });
    await started.owns(1);
    await kafka.grow(input, 2);
    await kafka.produce(input, [
      { value: 'old', partition: 0 },
      { value: 'new', partition: 1 },
    ]);
    await started.owns(2, 30_000);
    await started.committed(2);
    expect(await kafka.sorted(output)).toEqual(['new', 'old']);
  });

  test("what was written to an added partition before anybody knew of it is not passed over by start: 'latest'", async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['old']);
    const isWritten = gate();
    const between = (real: Kafka): void => {
      const offsetRanges = real.offsetRanges.bind(real);
      real.offsetRanges = async (asked) => {
        if (asked.some(({ partition }) => partition === 1)) await isWritten.pass();
        return offsetRanges(asked);
      };
    };
    const started = await running({ input, outputs: [output], start: 'latest' }, { settings, limits, between });
    await started.owns(1);
    await kafka.grow(input, 2);
    await isWritten.reached;
    await kafka.produce(input, [{ value: 'new', partition: 1 }]);
    isWritten.open();
    await started.committed(1);
    expect(await kafka.values(output)).toEqual(['new']);
  });

  test('an input that is deleted ends it', async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    const started = await running({ input, outputs: [output] }, { settings, limits });
    await kafka.produce(input, ['a']);
    await started.committed(1);
    await kafka.deleteTopic(input);
    await expect(started.failure()).resolves.toMatchObject({ code: 'PRC_TOPICS_MISSING', details: { topics: input } });
  });

  test('an input that is made anew ends it, also where the new one has grown beyond the old position', async () => {
    const input = await kafka.topic('in');
    const made = gate();
    const started = await running({ input }, { settings, limits, between: looksWaitAt(made) });
    await kafka.produce(input, ['a']);
    await started.committed(1);
    await kafka.deleteTopic(input);
    await kafka.createTopic(input);
    await new RawKafka(testBrokers()).produce(input, ['b', 'c', 'd']);
    made.open();
    await expect(started.failure()).resolves.toMatchObject({ code: 'PRC_TOPICS_REPLACED', details: { topics: input } });
  });
});

test('an output that is deleted ends it, and what was not written is not committed', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const started = await running({ input, outputs: [output] }, { limits });
  await kafka.produce(input, ['a']);
  await started.committed(1);
  await kafka.deleteTopic(output);
  await kafka.produce(input, ['b']);
  await expect(started.failure()).resolves.toMatchObject({ code: 'PRC_TOPICS_MISSING', details: { topics: output } });
  expect(await kafka.committed(started.name, input)).toBe(1);
});

test('E17: keys are spread over the partitions that are added to an output, and it is said from when on', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const started = await running({ input, outputs: [output] }, { limits });
  const keyed = range(0, 20).map((i) => ({ key: `k${i}`, value: 'a' }));
  await kafka.produce(input, keyed);
  await started.committed(20);
  await kafka.grow(output, 3);
  const grown = `${output} has 3 partitions now`;
  await started.until('it is said', () => started.of('client-notice').some(({ message }) => message.startsWith(grown)));
  await kafka.produce(input, keyed);
  await started.committed(40);

  const partitions = (await kafka.read(output)).map(({ partition }) => partition);
  expect(partitions.length).toBe(40);
  expect(new Set(partitions)).toEqual(new Set([0, 1, 2]));
});

/** Nobody sees whether the topics are still the same before the gate is open. */
function looksWaitAt(at: Gate): (real: Kafka) => void {
  return (real) => {
    const describeTopics = real.describeTopics.bind(real);
    let isStarted = false;
    real.describeTopics = async (...args) => {
      if (isStarted) await at.pass();
      isStarted = true;
      return describeTopics(...args);
    };
  };
}

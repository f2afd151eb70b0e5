// E16: an offset belongs to the sources and stores that it was committed with, and to the topic whose records it counts.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { promised, RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
  return () => kafka.close();
});

test.each(['exactly-once', 'at-least-once', 'at-most-once'] as const)(
  'E16: %s: an offset that another topology has committed is refused, with both named',
  async (guarantee) => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    await kafka.produce(input, ['a', 'b']);
    const story = { name: uniqueName('changed'), guarantee, input, outputs: [output] };
    const before = await running(story);
    await before.committed(2);
    await before.stop();
    const [own] = await metadata(story.name, input);
    const [, hash, topic] = /^topology ([0-9a-f]{8}) topic (\S{22})$/.exec(own ?? '') ?? [];
    expect(topic).toBeDefined();

    await kafka.produce(input, ['c']);
    await commit(story.name, input, { offset: 2, metadata: `topology 0badcafe topic ${topic}` });
    const after = await running(story);

    await expect(after.failure()).resolves.toMatchObject({
      code: 'PRC_TOPOLOGY_CHANGED',
      details: { topic: input, partition: 0, found: '0badcafe', own: hash },
    });
    expect(await kafka.values(output)).toEqual(['a', 'b']);
  },
);

test('E16: an offset that counts the records of a topic which was made anew since is refused', async () => {
  const input = await kafka.topic('in');
  await kafka.produce(input, ['a', 'b']);
  const story = { name: uniqueName('anew'), input };
  const before = await running(story);
  await before.committed(2);
  await before.stop();
  const [own = ''] = await metadata(story.name, input);

  await kafka.deleteTopic(input);
  await kafka.createTopic(input);
  const fresh = new RawKafka(testBrokers());
  await fresh.produce(input, ['c', 'd', 'e']);
  // As a member does that runs on for a moment: the broker has forgotten the group's offsets with the topic.
  await commit(story.name, input, { offset: 2, metadata: own });
  const after = await running(story);
  await expect(after.failure()).resolves.toMatchObject({ code: 'PRC_TOPICS_REPLACED', details: { topics: input } });
  expect(await kafka.committed(story.name, input)).toBe(2);
});

test('E16: an offset that a tool has set says nothing about a topology, and is where the processor goes on', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  await kafka.produce(input, ['a', 'b', 'c']);
  const story = { name: uniqueName('reset'), input, outputs: [output] };
  await commit(story.name, input, { offset: 2, metadata: '' });
  const started = await running(story);
  await started.committed(1);

  expect(await kafka.values(output)).toEqual(['c']);
});

async function commit(
  group: string,
  topic: string,
  { offset, metadata }: { readonly offset: number; readonly metadata: string },
): Promise<void> {
  const operator = await kafka.consumer(group);
  operator.assign([]);
  operator.commitCb([{ topic, partition: 0, offset, metadata }], () => {});
  await promised<unknown>((callback) => operator.committed([{ topic, partition: 0 }], 5000, callback));
}

async function metadata(group: string, topic: string): Promise<readonly (string | undefined)[]> {
  const reader = await kafka.consumer(group);
  const entries = await promised<readonly ({ readonly metadata?: string } | Error)[]>((callback) =>
    reader.committed([{ topic, partition: 0 }], 5000, callback),
  );
  return entries.map((entry) => (entry instanceof Error ? undefined : entry.metadata));
}

// E14: one instance that has 200 partitions. They should be shared, and it says so; it does them all the same.

import { beforeAll, expect, test } from 'vitest';
import { instance } from '../support/engine-process.js';
import { range } from '../support/engine-story.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

test('200 partitions on one instance: all of them are opened and done, and it says how many should share them', async () => {
  const partitions = 200;
  const [input, output] = [await kafka.topic('in', partitions), await kafka.topic('out', 4)];
  const write = (round: number): Promise<void> =>
    kafka.produce(
      input,
      range(0, partitions).map((n) => ({ value: `${round * partitions + n}`, partition: n })),
    );
  await write(0);
  const story = { name: uniqueName('crowded'), input, outputs: [output] };
  const crowded = instance({ brokers: testBrokers(), story });
  const committed = (): number =>
    crowded.words.reduce(
      (sum, word) => sum + ('fact' in word && word.fact === 'batch-committed' ? (word.records ?? 0) : 0),
      0,
    );
  await crowded.until('the first round is committed', () => committed() === partitions, 60_000);
  await write(1);
  await crowded.until('the second round is committed', () => committed() === 2 * partitions, 60_000);

  expect(crowded.words).toContainEqual(
    expect.objectContaining({ fact: 'tasks-crowded', tasks: partitions, instances: 2 }),
  );
  expect(crowded.said('task-opened')).toBe(partitions);
  expect((await kafka.values(output)).map(Number).sort((a, b) => a - b)).toEqual(range(0, 2 * partitions));
  crowded.command('stop');
  expect(await crowded.ended).toBe(0);
}, 180_000);

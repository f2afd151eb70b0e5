// E9: being fenced does not prove that somebody else has the partition. The group says who has it.

import { beforeAll, expect, test } from 'vitest';
import { KafkaError } from '../../src/ports/kafka.js';
import { running } from '../support/engine.js';
import { gate, holdCommits } from '../support/engine-faults.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

let kafka: RawKafka;
beforeAll(() => {
  kafka = new RawKafka(testBrokers());
  return () => kafka.close();
});

test('a task that is fenced and still owns its partition goes on with a new producer', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const story = { name: uniqueName('fenced'), input, outputs: [output] };
  await kafka.produce(input, ['a']);
  const started = await running(story);
  await started.committed(1);
  // Somebody has taken its id, but not its place in the group: a tool, or the broker itself after a timeout.
  await kafka.owner(`${story.name}/${input}/0`);
  await kafka.produce(input, ['b', 'c']);
  await started.committed(3);

  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
  expect(started.of('producer-replaced')).toHaveLength(1);
  expect(started.of('call-failed')).toMatchObject([{ failure: 'outcome-unknown', error: { fenced: true } }]);
});

test('a task that is fenced, and whose partition the group has given to another member, fences nobody back', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const story = { name: uniqueName('zombie'), input, outputs: [output] };
  const committing = gate();
  await kafka.produce(input, ['a']);
  const zombie = await running(story, {
    between(real) {
      holdCommits(committing)(real);
      // The group has moved on, and this member has not heard of it yet.
      real.ownerOf = () => Promise.resolve('somebody else');
    },
  });
  await committing.reached;
  const successor = await kafka.owner(`${story.name}/${input}/0`);
  committing.open();
  await zombie.until('it gives the partition up', () => zombie.of('task-closed').length > 0);
  await successor.write(output, ['by its successor']);

  expect(zombie.of('producer-replaced')).toEqual([]);
  expect(await kafka.values(output)).toEqual(['by its successor']);
});

test('while nobody knows who owns the partition, the question is put again', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const story = { name: uniqueName('unsure'), input, outputs: [output] };
  const answers: (() => Promise<string | undefined>)[] = [
    () => Promise.resolve(undefined),
    () => Promise.reject(new KafkaError('COORDINATOR_NOT_AVAILABLE', 'not now', { retriable: true })),
  ];
  await kafka.produce(input, ['a']);
  const started = await running(story, {
    between(real) {
      const ownerOf = real.ownerOf.bind(real);
      real.ownerOf = (...args) => answers.shift()?.() ?? ownerOf(...args);
    },
  });
  await started.committed(1);
  await kafka.owner(`${story.name}/${input}/0`);
  await kafka.produce(input, ['b']);
  await started.committed(2);

  expect(answers).toEqual([]);
  expect(await kafka.values(output)).toEqual(['a', 'b']);
});

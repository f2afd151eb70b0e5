// E9: being fenced does not prove that somebody else has the partition. The group says who has it.

import { beforeAll, expect, test } from 'vitest';
import { running } from '../support/engine.js';
import { consumers, gate, holdCommits, producers } from '../support/engine-faults.js';
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

test('a task that is fenced opens no other producer before the group had the time to say that it is out', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const story = { name: uniqueName('zombie'), input, outputs: [output] };
  const [committing, hearing] = [gate(), gate()];
  await kafka.produce(input, ['a']);
  const zombie = await running(story, {
    limits: { shutdownTimeoutMs: 500 },
    between(real) {
      holdCommits(committing)(real);
      consumers((consumer) => (consumer.hearGroup = () => hearing.pass()))(real);
    },
  });
  await committing.reached;
  const successor = await kafka.owner(`${story.name}/${input}/0`);
  committing.open();
  await hearing.reached;
  // Now it hears that its partition is gone.
  await zombie.stop();
  hearing.open();
  await successor.write(output, ['by its successor']);

  expect(zombie.of('producer-replaced')).toEqual([]);
  expect(await kafka.values(output)).toEqual(['by its successor']);
});

test('a task that has lost a connection, and was not heard of by its group for long, waits for that word, too', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const story = { name: uniqueName('cut-off'), input, outputs: [output] };
  const hearing = gate();
  await kafka.produce(input, ['a']);
  const zombie = await running(story, {
    limits: { memberMs: 0, shutdownTimeoutMs: 500 },
    between(real) {
      producers((producer) => Object.defineProperty(producer, 'isTainted', { value: true }))(real);
      consumers((consumer) => (consumer.hearGroup = () => hearing.pass()))(real);
    },
  });
  await hearing.reached;
  await zombie.stop();
  hearing.open();

  expect(zombie.of('producer-replaced')).toEqual([]);
  expect(await kafka.values(output)).toEqual([]);
});

// Random sequences of operations on the model and on the real client and broker, side by side: where the two differ, it is the
// model that is wrong. `npm run sequences` runs more of them, and longer ones.

import { expect, test } from 'vitest';
import { found } from '../contracts/sequences/found.js';
import { kafkaWorld } from '../contracts/sequences/kafka-world.js';
import { tellDifference } from '../contracts/sequences/observation.js';
import { sequenceOf, tryOn } from '../contracts/sequences/try.js';
import { testBrokers } from '../support/kafka.js';

const lengthMax = 25;
const fixed = Array.from({ length: 50 }, (_, i) => i + 1);
const firstFresh = 1000 + Math.floor(Math.random() * 1e6);
const fresh = Array.from({ length: 50 }, (_, i) => firstFresh + i);
/** Most of a sequence's time is waiting. */
const atATime = 8;

test.each(Object.entries(found))('%s', async (_, operations) => {
  const world = kafkaWorld(testBrokers());
  const { model, difference } = await tryOn(world, operations);
  await world.close();
  expect(difference && tellDifference(model, difference)).toBeUndefined();
});

test('a hundred random sequences of operations go on Kafka as they go on the model', { timeout: 120_000 }, async () => {
  process.stdout.write(`sequences of seeds 1 to 50 and ${firstFresh} to ${firstFresh + 49}\n`);
  const left = [...fixed, ...fresh];
  const told: string[] = [];
  const slot = async (): Promise<void> => {
    const world = kafkaWorld(testBrokers());
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      const { model, difference } = await tryOn(world, sequenceOf(seed, lengthMax));
      if (!difference) continue;
      const again = `npm run sequences -- --seed ${seed} --length ${lengthMax} --shrink`;
      told.push(`${again}\n${tellDifference(model, difference)}`);
    }
    await world.close();
  };
  await Promise.all(Array.from({ length: atATime }, slot));
  expect(told.join('\n')).toBe('');
});

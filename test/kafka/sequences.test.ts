// Random sequences of operations on the model and on the real client and broker, side by side: where the two differ, it is the
// model that is wrong. `npm run sequences` runs more of them, and longer ones.

import { expect, test } from 'vitest';
import { found } from '../contracts/sequences/found.js';
import { kafkaWorld } from '../contracts/sequences/kafka-world.js';
import { tellDifference } from '../contracts/sequences/observation.js';
import { Tally } from '../contracts/sequences/tally.js';
import { sequenceOf, tryOn } from '../contracts/sequences/try.js';
import { testBrokers } from '../support/kafka.js';

const lengthMax = 20;
const fixed = Array.from({ length: 50 }, (_, i) => i + 1);
const firstFresh = 1000 + Math.floor(Math.random() * 1e6);
const fresh = Array.from({ length: 50 }, (_, i) => firstFresh + i);
/** Most of a sequence's time is waiting. */
const atATime = 10;

const named = Object.entries(found);
const drawn = [...fixed, ...fresh].map(
  (seed) =>
    [`npm run sequences -- --seed ${seed} --length ${lengthMax} --shrink`, sequenceOf(seed, lengthMax)] as const,
);

test('a hundred random sequences, and those that once did not, go on Kafka as they go on the model', {
  timeout: 120_000,
}, async () => {
  process.stdout.write(`sequences of seeds 1 to 50 and ${firstFresh} to ${firstFresh + 49}\n`);
  const left = [...named, ...drawn];
  const told: string[] = [];
  const tally = new Tally();
  const slot = async (): Promise<void> => {
    const world = kafkaWorld(testBrokers());
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, operations] = next;
      const trial = await tryOn(world, operations);
      tally.add(trial);
      const { model, difference } = trial;
      if (difference) told.push(`${name}\n${tellDifference(model, difference)}`);
    }
    await world.close();
  };
  await Promise.all(Array.from({ length: atATime }, slot));
  expect(told.join('\n')).toBe('');
  // Where many were too slow to be compared, that none differs says little.
  expect(tally.isWell, tally.text(0)).toBe(true);
});

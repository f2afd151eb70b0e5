// `npm run sequences`: random operations on the model of Kafka and on Kafka itself, side by side.
//
//   npm run sequences                                 100 fresh ones
//   npm run sequences -- --seed 7 --runs 2000         2,000 from seed 7 on
//   npm run sequences -- --seed 7 --shrink            one, told, and made smaller where it differs
//   npm run sequences -- --seed 7,13                  these
//
// Exits 0 only if none differs.

import { parseArgs } from 'node:util';
import { startEmbeddedKafka } from '../../../src/embedded/kafka/broker.js';
import { testBrokerProperties } from '../../support/broker-properties.js';
import { kafkaWorld } from './kafka-world.js';
import { tellDifference } from './observation.js';
import { sequenceOf, shrink, tryOn } from './try.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    length: { type: 'string', default: '60' },
    at: { type: 'string', default: '8' },
    shrink: { type: 'boolean', default: false },
  },
});
const given = values.seed?.split(',').map(Number);
const [first = Math.floor(Math.random() * 1e6)] = given ?? [];
const runs = Number(values.runs ?? (given ? 1 : 100));
const seeds = given && given.length > 1 ? given : Array.from({ length: runs }, (_, i) => first + i);
const lengthMax = Number(values.length);
const broker = await startEmbeddedKafka({ name: 'sequences', properties: testBrokerProperties });
const startedMs = performance.now();
let operations = 0;
let different = 0;
let late = 0;
let played = 0;
const slots = Array.from({ length: Math.min(seeds.length, Number(values.at)) }, async () => {
  const world = kafkaWorld(broker.brokers);
  for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
    const { model, difference, isLate } = await tryOn(world, sequenceOf(seed, lengthMax));
    operations += model.steps.length;
    if (isLate) late++;
    if (++played % 100 === 0) say(told());
    if (!difference) continue;
    different++;
    say(
      `✘ seed ${seed}: npm run sequences -- --seed ${seed} --length ${lengthMax}\n${tellDifference(model, difference)}`,
    );
    if (!values.shrink) continue;
    const smallest = await shrink(world, seed, lengthMax, 60_000);
    if (smallest.difference)
      say(`smallest, path ${smallest.path}:\n${tellDifference(smallest.model, smallest.difference)}`);
  }
  await world.close();
});
await Promise.all(slots);
say(told());
await broker.stop();
process.exitCode = different === 0 ? 0 : 1;

function told(): string {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const slow = late === 0 ? '' : `, ${late} were too slow to be compared to their end`;
  return `${played} sequences from seed ${first} on: ${operations} operations in ${seconds} s, ${different} differ${slow}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

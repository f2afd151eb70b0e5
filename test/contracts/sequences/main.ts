// `npm run sequences`: random operations on the model of Kafka and on Kafka itself, side by side. Those that have shown something once
// (found.ts) are played first.
//
//   npm run sequences                                 100 fresh ones
//   npm run sequences -- --seed 7 --runs 2000         2,000 from seed 7 on
//   npm run sequences -- --seed 7 --shrink            one, told, and made smaller where it differs
//   npm run sequences -- --seed 7,13                  these
//
// Exits 0 only if none differs, and no more than one in ten was too slow to be compared to its end.

import { startEmbeddedKafka } from '../../../src/embedded/kafka/broker.js';
import { testBrokerProperties } from '../../support/broker-properties.js';
import { found } from './found.js';
import { kafkaWorld } from './kafka-world.js';
import { tellDifference } from './observation.js';
import { askedOf } from './options.js';
import { Tally } from './tally.js';
import { sequenceOf, shrink, tryOn } from './try.js';

const { seeds, lengthMax, atATime, isShrunk } = askedOf(process.argv.slice(2));
const left = [
  ...Object.entries(found).map(([name, operations]) => ({ name, operations, seed: undefined })),
  ...seeds.map((seed) => ({
    name: `seed ${seed}: npm run sequences -- --seed ${seed} --length ${lengthMax}`,
    // Drawn when it is its turn: two thousand of them are many operations.
    operations: undefined,
    seed,
  })),
];
const broker = await startEmbeddedKafka({ name: 'sequences', properties: testBrokerProperties });
const startedMs = performance.now();
const tally = new Tally();
const slots = Array.from({ length: Math.min(left.length, atATime) }, async () => {
  const world = kafkaWorld(broker.brokers);
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    const trial = await tryOn(world, next.operations ?? sequenceOf(next.seed, lengthMax));
    tally.add(trial);
    await world.deleteTopics();
    if (tally.played % 100 === 0) say(told());
    if (!trial.difference) continue;
    say(`✘ ${next.name}\n${tellDifference(trial.model, trial.difference)}`);
    if (!isShrunk || next.seed === undefined) continue;
    const smallest = await shrink(world, next.seed, lengthMax, 60_000);
    if (smallest.difference)
      say(`smallest, path ${smallest.path}:\n${tellDifference(smallest.model, smallest.difference)}`);
  }
  await world.close();
});
await Promise.all(slots);
say(told());
await broker.stop();
process.exitCode = tally.isWell ? 0 : 1;

function told(): string {
  const from = seeds.length > 1 ? `from seed ${seeds[0]} on` : `of seed ${seeds[0]}`;
  return `${from}, and ${Object.keys(found).length} that were found: ${tally.text((performance.now() - startedMs) / 1000)}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

// What compares random sequences is worth as much as what it finds: the model plays a sequence the same way each time, and a
// Kafka that differs in one thing is found out, by a short list.

import { afterEach, expect, test } from 'vitest';
import type { Kafka, Producer } from '../../src/ports/kafka.js';
import type { ContractWorld } from '../../src/testing/contracts/index.js';
import { modelWorld } from './model-world.js';
import { found } from './sequences/found.js';
import { tellDifference } from './sequences/observation.js';
import { askedOf } from './sequences/options.js';
import { Tally } from './sequences/tally.js';
import { onModel, sequenceOf, shrink, tryOn } from './sequences/try.js';

const seeds = Array.from({ length: 20 }, (_, i) => i + 1);
const lengthMax = 40;

const opened: { readonly close: () => void }[] = [];
afterEach(() => {
  for (const world of opened.splice(0)) world.close();
});

/** A model that draws other delays than the one that says what is expected. */
function otherModel(): ContractWorld {
  const world = modelWorld(7);
  opened.push(world);
  return world;
}

test('a sequence goes the same way on the model each time, whatever the delays', async () => {
  for (const operations of [...seeds.map((seed) => sequenceOf(seed, lengthMax)), ...Object.values(found)]) {
    expect(await onModel(operations)).toEqual(await onModel(operations));
    const { model, difference } = await tryOn(otherModel(), operations);
    expect(difference && tellDifference(model, difference)).toBeUndefined();
  }
});

/** Kafkas that differ from the model in one thing each. */
const planted: Readonly<Record<string, (producer: Producer) => Partial<Producer>>> = {
  'a commit that aborts': (producer) => ({ commit: (timeoutMs) => producer.abort(timeoutMs) }),
  'an init that fences nobody': () => ({ init: () => Promise.resolve() }),
  'a send that is done twice': (producer) => ({
    async send(outputs) {
      await producer.send(outputs);
      await producer.send(outputs);
    },
  }),
};

test.each(Object.entries(planted))('%s is found, and told by a short list', async (_, defectOf) => {
  const world = otherModel();
  const kafka = { ...world, client: async () => withDefect(await world.client(), defectOf) };
  const seed = await firstDifferent(kafka);
  const { model, difference } = await shrink(kafka, seed, lengthMax, 20_000);
  expect(difference).toBeDefined();
  expect(model.steps.length).toBeLessThanOrEqual(5);
});

test('what the machine was too slow for is not compared, and where that is much the run is not well', async () => {
  const world = otherModel();
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void world.clock.timer(ms, resolve));
  const slow = withDefect(await world.client(), (producer) => ({
    async send(outputs) {
      await sleep(5000);
      await producer.send(outputs);
    },
  }));
  const trial = await tryOn({ ...world, client: async () => slow }, [
    { do: 'open', producer: 0, id: 0, isHurried: true },
    { do: 'init', producer: 0 },
    { do: 'begin', producer: 0 },
    { do: 'send', producer: 0, partition: 0, records: 1 },
    { do: 'send', producer: 0, partition: 0, records: 1 },
    { do: 'commit', producer: 0 },
  ]);
  expect(trial).toMatchObject({ difference: undefined, isLate: true, compared: 4 });
  const tally = new Tally();
  tally.add(trial);
  expect(tally).toMatchObject({ operations: 4, late: 1, isWell: false });
  for (let i = 0; i < 9; i++) tally.add({ ...trial, isLate: false });
  expect(tally.isWell).toBe(true);
  tally.add({ ...trial, isLate: false, difference: { step: 'end', expected: 'a', found: 'b' } });
  expect(tally.isWell).toBe(false);
  expect(new Tally().isWell).toBe(false);
});

test.for([
  ['--runs abc', "--runs is 'abc'"],
  ['--runs 0', "--runs is '0'"],
  ['--seed 7,x', "--seed is 'x'"],
  ['--length 1.5', "--length is '1.5'"],
  ['--at 0', "--at is '0'"],
  ['--seed 7,13 --runs 5', '--runs beside several seeds'],
  ['--run 5', "Unknown option '--run'"],
] as const)('%s is refused: nothing would be played, and nothing would differ', ([line, message]) => {
  expect(() => askedOf(line.split(' '))).toThrow(message);
});

test('seeds are played from the one that is named on, as many as are asked for, or those that are named', () => {
  expect(askedOf(['--seed', '7', '--runs', '3']).seeds).toEqual([7, 8, 9]);
  expect(askedOf(['--seed', '7']).seeds).toEqual([7]);
  expect(askedOf(['--seed', '7,13']).seeds).toEqual([7, 13]);
  expect(askedOf([]).seeds).toHaveLength(100);
});

async function firstDifferent(kafka: ContractWorld): Promise<number> {
  for (const seed of seeds) if ((await tryOn(kafka, sequenceOf(seed, lengthMax))).difference) return seed;
  throw new Error('nobody has noticed it');
}

function withDefect(kafka: Kafka, defectOf: (producer: Producer) => Partial<Producer>): Kafka {
  return overlaid(kafka, {
    async openProducer(options) {
      const producer = await kafka.openProducer(options);
      return overlaid(producer, defectOf(producer));
    },
  });
}

/** The same object with some of its methods replaced. */
function overlaid<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, name) => {
      const found: unknown = Reflect.get(name in replaced ? replaced : target, name, target);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

// The contract is worth what it finds: implementations that are wrong in one thing fail the cases about that thing. It is used as by
// somebody else, through the package's export.

import { kafkaContract, modelWorld } from 'processor/testing/contract';
import { describe, expect, test } from 'vitest';
import { wrongAdapters } from './wrong-adapters.js';

const cases = Object.values(kafkaContract).flat();

describe.each(wrongAdapters)('$name', ({ foundBy, decorate }) => {
  test.each(foundBy)('is found by: %s', async (name) => {
    const found = cases.filter((one) => one.name.startsWith(name));
    expect(found.map((one) => one.name)).toHaveLength(1);
    const world = modelWorld();
    try {
      await expect(found[0]?.run(world)).resolves.toBeUndefined();
      const wrong = { ...world, client: async (options?: object) => decorate(await world.client(options)) };
      await expect(found[0]?.run(wrong)).rejects.toThrow(Error);
    } finally {
      world.close();
    }
  });
});

test('the contract has at least 150 cases', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
});

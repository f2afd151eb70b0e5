// The contract of the port, on the model.

import { describe, expect, test } from 'vitest';
import { kafkaContract } from '../../src/testing/contracts/index.js';
import { modelWorld } from './model-world.js';

describe.each(Object.entries(kafkaContract))('%s', (_, cases) => {
  test.each(cases)('$name', async ({ run }) => {
    const world = modelWorld();
    try {
      await run(world);
    } finally {
      world.close();
    }
  });
});

test('no two cases have one name', () => {
  const names = Object.values(kafkaContract).flatMap((cases) => cases.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
});

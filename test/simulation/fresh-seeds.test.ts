// Seeds that nobody has run before, others in each test run. One that fails has found something: it says how to see it again.

import { expect, test } from 'vitest';
import { failedText, runSeeds } from '../../src/testing/simulation/run-seeds.js';
import { freshRange, rangeText } from '../../src/testing/simulation/seed-range.js';

const range = freshRange(2000);

test(`two thousand fresh seeds, ${rangeText(range)}: all of them are well`, {
  timeout: 900_000,
}, async () => {
  process.stdout.write(`npm run simulate -- --from ${range.from} --seeds ${range.count}\n`);
  const { failed } = await runSeeds(range);
  expect(failed.map(failedText)).toEqual([]);
});

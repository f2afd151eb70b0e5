// At no time do two producers have a transaction with offsets of the same partition (E1, E2).

import type { Checker } from './checker.js';

export const twoWriters: Checker = {
  name: 'two writers',
  *check({ rivals }) {
    yield* rivals;
  },
};

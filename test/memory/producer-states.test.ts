// Of whom a partition remembers what.

import { expect, test } from 'vitest';
import { ProducerStates } from '../../src/memory/producer-states.js';

test('producers that have not written for long are forgotten where others come, but not amid a transaction', () => {
  const states = new ProducerStates(1000);
  const write = (id: number, wallMs: number, isTransactional = false): void =>
    void states.take({ id, epoch: 0, sequence: 0, isTransactional }, 0, { length: 1, timestampMs: wallMs, wallMs });
  write(0, 0, true);
  for (let id = 1; id < 1000; id++) write(id, id * 10);
  // As many as have written within the last two seconds, and the one that is amid a transaction.
  expect(states.size).toBeLessThanOrEqual(201);
  expect(states.hasOpen({ id: 0, epoch: 0 })).toBe(true);
});

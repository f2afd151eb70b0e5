// What the contract says of everything that goes by a lane: of records, both ways, of offsets in transactions, and of ends. The
// same on the slow one. All of the contract on it: `PROCESSOR_LANE=slow npx vitest run --project kafka test/kafka/contract.test.ts`.

process.env['PROCESSOR_LANE'] = 'slow';

import { describe, expect, test } from 'vitest';
import { lane } from '../../src/adapters/confluent/native/lane.js';
import { kafkaContract } from '../../src/testing/contracts/index.js';
import { inRealWorld } from '../support/real-world.js';

const byLane = ['transactions', 'offsets', 'reading', 'polling', 'positions', 'records', 'delivering', 'closing'];

test('it is the slow lane', () => expect(lane()).toMatchObject({ kind: 'slow' }));

test('each of these is a chapter of the contract', () => {
  expect(Object.keys(kafkaContract)).toEqual(expect.arrayContaining(byLane));
});

describe.each(Object.entries(kafkaContract).filter(([name]) => byLane.includes(name)))('%s', (_, cases) => {
  test.each(cases)('$name', inRealWorld);
});

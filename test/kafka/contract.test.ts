// The contract of the port, on the real client and a real broker: where the model differs, it is the model that is wrong. Records
// go by the fast lane where it can be had; contract-slow-lane.test.ts has the other one.

import { describe, test } from 'vitest';
import { kafkaContract } from '../../src/testing/contracts/index.js';
import { inRealWorld } from '../support/real-world.js';

describe.each(Object.entries(kafkaContract))('%s', (_, cases) => {
  test.each(cases)('$name', inRealWorld);
});

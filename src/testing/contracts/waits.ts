// What a case waits for, and for how long.

import assert from 'node:assert/strict';
import type { Clock } from '../../ports/clock.js';
import type { Kafka, KafkaError } from '../../ports/kafka.js';
import type { ContractWorld } from './world.js';

/** Time enough for one call on a busy machine. */
export const callMs = 10_000;

/** What the call fails with. */
export async function failureOf(calling: Promise<unknown>): Promise<KafkaError> {
  try {
    await calling;
  } catch (error) {
    return error as KafkaError;
  }
  assert.fail('it succeeds');
}

/** Until that holds, asked again and again. */
export async function eventually(clock: Clock, what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = clock.monotonicMs() + callMs;
  while (!(await holds())) {
    assert.ok(clock.monotonicMs() < deadlineMs, `within ${callMs} ms not: ${what}`);
    await new Promise<void>((resolve) => void clock.timer(10, resolve));
  }
}

/** The log has so many offsets, those of open transactions included. */
export async function hasReached(world: ContractWorld, kafka: Kafka, topic: string, offset: number): Promise<void> {
  await eventually(world.clock, `${topic} reaches ${offset}`, async () => {
    const [high = 0] = await kafka.highWatermarks([{ topic, partition: 0 }]);
    return high >= offset;
  });
}

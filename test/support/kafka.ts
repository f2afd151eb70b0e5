// The Kafka that tests run against. One embedded broker serves the whole run (global-kafka.ts starts it), so every test
// makes its own names; a test that kills or stops a broker starts one of its own with the same properties.

import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { Properties } from '../../src/embedded/kafka/server-properties.js';

declare module 'vitest' {
  interface ProvidedContext {
    kafkaBrokers: string;
  }
}

/** What makes a broker quick to notice, so that tests of failures need not wait. */
export const testBrokerProperties: Properties = {
  // Abandoned transactions are looked for every half second, members may time out after as little.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'group.min.session.timeout.ms': 500,
  'group.initial.rebalance.delay.ms': 0,
  // The newer group protocol (KIP-848) takes these from the broker, not from the member.
  'group.consumer.min.heartbeat.interval.ms': 100,
  'group.consumer.heartbeat.interval.ms': 300,
  'group.consumer.min.session.timeout.ms': 500,
  'group.consumer.session.timeout.ms': 3_000,
  // A broker that was killed hard may register again only after its old session.
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 4_000,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'auto.create.topics.enable': false,
};

/** The address of the run's broker. */
export function testBrokers(): string {
  return inject('kafkaBrokers');
}

/** A name for a topic, group or processor that no other test of this run or of the same broker uses. */
export function uniqueName(what: string): string {
  return `${what}-${randomBytes(4).toString('hex')}`;
}

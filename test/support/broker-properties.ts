// How brokers for tests are set, for tests and for programs that use them without a test runner.

import type { Properties } from '../../src/embedded/kafka/server-properties.js';

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
  'group.consumer.assignment.interval.ms': 100,
  // A broker that was killed hard may register again only after its old session.
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 4_000,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'auto.create.topics.enable': false,
  // What can be compacted is, at once.
  'log.cleaner.backoff.ms': 100,
};

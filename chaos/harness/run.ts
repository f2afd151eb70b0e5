// The beginning and the end of a run: the brokers' settings, the topics, and the time that the processors are given to finish.

import { setTimeout as wait } from 'node:timers/promises';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import type { Properties } from '../../src/embedded/kafka/server-properties.js';
import { KafkaError } from '../../src/ports/kafka.js';
import { partitionCount, steps, topics } from '../steps.js';
import { timeouts } from './bounds.js';
import type { ProgressWatch } from './progress.js';

/** How long members of a KIP-848 group may be silent: they do not say it themselves. */
export const groupProperties: Properties = {
  'group.consumer.session.timeout.ms': timeouts.sessionMs,
  'group.consumer.min.session.timeout.ms': timeouts.sessionMs,
  'group.consumer.heartbeat.interval.ms': 500,
  'group.consumer.min.heartbeat.interval.ms': 500,
};

/** What makes brokers notice soon that somebody is gone. */
export const brokerProperties: Properties = {
  ...groupProperties,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 4000,
  // Every five minutes brokers hand leadership back to whom it belongs, and a coordinator that moves reads its whole log first:
  // a hundred MiB, by Kafka's defaults, that nothing compacts yet, in which time no group can commit. What is rolled is compacted.
  'offsets.topic.segment.bytes': 1024 * 1024,
  'transaction.state.log.segment.bytes': 1024 * 1024,
};

export async function createTopics(brokers: string): Promise<void> {
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
  try {
    const replicas = { replicationFactor: 3, config: { 'min.insync.replicas': '2' } };
    for (const name of topics) await kafka.createTopic({ name, partitions: partitionCount, ...replicas });
    // A broker that answers first need not be the first to know of them, nor a leader to know that it is one.
    while ((await kafka.partitionCounts(topics)).size < topics.length) await wait(20);
    const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
    const all = topics.flatMap((topic) => partitions.map((partition) => ({ topic, partition })));
    while (!(await kafka.offsetRanges(all).then(() => true, isTooEarly))) await wait(20);
  } finally {
    await kafka.close();
  }
}

/** What brokers say of a topic that not all of them know of yet. */
function isTooEarly(error: unknown): boolean {
  if (error instanceof KafkaError && (error.retriable || error.code === 'UNKNOWN_TOPIC_OR_PART')) return false;
  throw error;
}

/**
 * Resolves when neither processor moves any more and there is next to nothing left: behind the last record of what the second one
 * reads there are markers, which it need not pass. Where much is left, they get longer than they may take after any disaster;
 * whether anything was left is the checker's to say.
 */
export async function drained(progress: ProgressWatch): Promise<void> {
  let before = '';
  let movedMs = performance.now();
  for (;;) {
    const seen = steps.map((step) => progress.latest(step));
    const now = seen.map(({ done, end }) => `${done}/${end}`).join(' ');
    if (now !== before) movedMs = performance.now();
    before = now;
    const left = seen.reduce((sum, { done, end }) => sum + end - done, 0);
    const quietMs = left <= markersMax ? 3000 : 25_000;
    if (performance.now() - movedMs > quietMs) return;
    await wait(100);
  }
}

const markersMax = 2 * partitionCount;

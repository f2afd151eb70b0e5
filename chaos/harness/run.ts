// The beginning and the end of a run: the brokers' settings, the topics, and the time that the processors are given to finish.

import { setTimeout as wait } from 'node:timers/promises';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import type { Properties } from '../../src/embedded/kafka/server-properties.js';
import { firstStep, partitionCount, secondStep, topics } from '../steps.js';
import type { ProgressWatch } from './progress.js';

/** What makes brokers notice soon that somebody is gone. */
export const brokerProperties: Properties = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 500,
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 4000,
};

export async function createTopics(brokers: string): Promise<void> {
  const kafka = await confluentKafka({ brokers, transactionTimeoutMs: 10_000 });
  try {
    const replicas = { replicationFactor: 3, config: { 'min.insync.replicas': '2' } };
    for (const name of topics) await kafka.createTopic({ name, partitions: partitionCount, ...replicas });
    // A broker that answers first need not be the first to know of them.
    while ((await kafka.partitionCounts(topics)).size < topics.length) await wait(20);
  } finally {
    await kafka.close();
  }
}

/**
 * Resolves when the first processor has reached the end of its input and neither moves any more: behind the last record of what
 * the second one reads there are markers, which it need not pass. Whether anything was left is the checker's to say.
 */
export async function drained(progress: ProgressWatch): Promise<void> {
  const deadline = performance.now() + drainMs;
  let before = '';
  let movedMs = performance.now();
  for (;;) {
    const [first, second] = [progress.latest(firstStep), progress.latest(secondStep)];
    const now = `${first.done} ${second.done}`;
    if (now !== before) movedMs = performance.now();
    before = now;
    const isQuiet = performance.now() - movedMs > quietMs;
    if (isQuiet && first.done >= first.end) return;
    // Then it is for the checker to say what was never processed.
    if (performance.now() > deadline) return;
    await wait(100);
  }
}

const quietMs = 5000;
const drainMs = 120_000;

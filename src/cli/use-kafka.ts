// A Kafka for commands that ask or change something and end.

import { type Admin, confluentKafka } from '../adapters/confluent/kafka.js';
import { limits } from '../core/defaults.js';
import type { Kafka } from '../ports/kafka.js';
import type { Connection } from './connection.js';

/** Connects, hands the cluster over and closes it, whatever happens. */
export async function useKafka<T>(
  { brokers, settings }: Connection,
  use: (kafka: Kafka & Admin) => Promise<T>,
): Promise<T> {
  const kafka = await confluentKafka({ brokers, settings, transactionTimeoutMs: limits.transactionTimeoutMs });
  try {
    return await use(kafka);
  } finally {
    await kafka.close();
  }
}

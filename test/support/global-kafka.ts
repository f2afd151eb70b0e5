// Runs once, in vitest's own process, before the first file of the `kafka` project: starts the broker that they share.

import type { TestProject } from 'vitest/node';
import { startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { testBrokerProperties } from './kafka.js';

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_KAFKA_BROKERS'];
  if (given !== undefined && given !== '') {
    project.provide('kafkaBrokers', given);
    return undefined;
  }
  const kafka = await startEmbeddedKafka({ name: 'kafka-for-tests', properties: testBrokerProperties });
  project.provide('kafkaBrokers', kafka.brokers);
  return () => kafka.stop();
}

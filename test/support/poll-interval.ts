// The client with another patience for a thread that does not poll. Users cannot set it (E15), and five minutes are too long
// for a test. Knows nothing of the test runner: child processes of tests use it too.

import { type RawConfig, rawModule } from '../../src/adapters/confluent/raw-client.js';

/** Consumers that are opened by `start` get it. */
export async function withMaxPollInterval<T>(ms: number, start: () => Promise<T>): Promise<T> {
  const client = rawModule() as { KafkaConsumer: ReturnType<typeof rawModule>['KafkaConsumer'] };
  const { KafkaConsumer } = client;
  client.KafkaConsumer = class extends KafkaConsumer {
    constructor(config: RawConfig, topicConfig: RawConfig) {
      super({ ...config, 'max.poll.interval.ms': ms }, topicConfig);
    }
  };
  try {
    return await start();
  } finally {
    client.KafkaConsumer = KafkaConsumer;
  }
}

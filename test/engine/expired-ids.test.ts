// A broker forgets transactional ids that were not used for a week; this one takes two seconds.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import type { Kafka } from '../../src/ports/kafka.js';
import { expiredIdStories } from '../contracts/expired-ids.js';
import { running } from '../support/engine.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokerProperties, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { transactionState } from '../support/transaction-state.js';

let broker: EmbeddedKafka;
let kafka: RawKafka;
beforeAll(async () => {
  broker = await startEmbeddedKafka({
    properties: {
      ...testBrokerProperties,
      'transactional.id.expiration.ms': 2000,
      'transaction.remove.expired.transaction.cleanup.interval.ms': 200,
    },
  });
  kafka = new RawKafka(broker.brokers);
});
afterAll(() => broker.stop());

test('an id that expired while its task was idle costs a new producer, and no record', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  const started = await running({ input, outputs: [output] }, { brokers: broker.brokers });
  const id = `${started.name}/${input}/0`;
  for (const [i, value] of ['a', 'b', 'c'].entries()) {
    await kafka.produce(input, [value]);
    await started.committed(i + 1);
    await eventually('the broker has forgotten the id', () => isForgotten(id));
  }

  expect(await kafka.values(output)).toEqual(['a', 'b', 'c']);
  expect(await kafka.committed(started.name, input)).toBe(3);
  // One for each time that it was forgotten and then needed.
  expect(started.of('producer-replaced').length).toBe(2);
  expect(started.of('integrity-alarm')).toEqual([]);
});

test.each(expiredIdStories)('$name', async ({ run }) => {
  const opened: Kafka[] = [];
  await run({
    clock: systemClock,
    unique: uniqueName,
    createTopic: (partitions) => kafka.topic('expired', partitions),
    forgotten: (id) => eventually('the broker has forgotten the id', () => isForgotten(id)),
    async client() {
      const client = await confluentKafka({ brokers: broker.brokers, transactionTimeoutMs: 15_000 });
      opened.push(client);
      return client;
    },
  });
  for (const client of opened) await client.close();
});

async function isForgotten(id: string): Promise<boolean> {
  try {
    await transactionState(broker.brokers, id);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.includes('TRANSACTIONAL_ID_NOT_FOUND');
  }
}

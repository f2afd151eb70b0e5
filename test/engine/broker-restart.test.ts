// A broker that is stopped and comes back on its data: whoever runs goes on by himself.

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/embedded/kafka/broker.js';
import { type KafkaError, unanswered } from '../../src/ports/kafka.js';
import { eventually } from '../support/engine-wait.js';
import { testBrokerProperties } from '../support/kafka.js';

let broker: EmbeddedKafka;
beforeAll(async () => {
  broker = await startEmbeddedKafka({ name: 'kafka-to-restart', properties: testBrokerProperties });
});
afterAll(() => broker.stop());

test('E20: the offsets of a partition can be asked for again after its broker was restarted', async () => {
  const kafka = await confluentKafka({ brokers: broker.brokers, transactionTimeoutMs: 10_000 });
  await kafka.createTopic({ name: 'orders', partitions: 1, replicationFactor: 1 });
  const orders = { topic: 'orders', partition: 0 };
  await eventually('it has offsets', async () => (await kafka.offsetRanges([orders]).catch(() => [])).length === 1);
  await broker.restart();
  await eventually('it has them again', async () => (await kafka.offsetRanges([orders]).catch(() => [])).length === 1);
  expect(await kafka.offsetRanges([orders])).toEqual([{ low: 0, stable: 0 }]);
  await kafka.close();
}, 60_000);

test('E20: a broker that goes while it is asked has given no answer, and that is all there is to say', async () => {
  const kafka = await confluentKafka({ brokers: broker.brokers, transactionTimeoutMs: 10_000 });
  onTestFinished(() => kafka.close());
  await kafka.createTopic({ name: 'bills', partitions: 1, replicationFactor: 1 });
  const bills = { topic: 'bills', partition: 0 };
  await eventually('it has offsets', async () => (await kafka.offsetRanges([bills]).catch(() => [])).length === 1);
  // Asked all the time, so that a question is under way when it goes.
  const codes = new Set<string>();
  const asking = (async () => {
    while (codes.size === 0) await kafka.offsetRanges([bills]).catch(({ code }: KafkaError) => codes.add(code));
  })();
  await broker.kill();
  await asking;
  expect([...codes].filter((code) => !unanswered.has(code))).toEqual([]);
}, 60_000);

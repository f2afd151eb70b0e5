// Fills a topic with orders before a benchmark begins.

import { rawModule } from '../src/adapters/confluent/raw-client.js';
import { called } from './called.js';
import { childOptions, giveResult } from './child.js';
import { ordersForBench } from './orders.js';

export interface LoadOptions {
  readonly brokers: string;
  readonly topic: string;
  readonly records: number;
}

const { brokers, topic, records } = childOptions() as LoadOptions;
const producer = new (rawModule().Producer)({
  'bootstrap.servers': brokers,
  'enable.idempotence': true,
  'compression.type': 'lz4',
  'linger.ms': 5,
  'queue.buffering.max.messages': 200_000,
  partitioner: 'murmur2_random',
});
await called((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
let queued = 0;
for (const order of ordersForBench(records)) {
  const value = Buffer.from(JSON.stringify(order));
  producer.produce(topic, -1, value, Buffer.from(order.customerId), Date.parse(order.date), undefined, undefined);
  if (++queued % 100_000 === 0) await called((callback) => producer.flush(60_000, callback));
}
await called((callback) => producer.flush(60_000, callback));
await new Promise((resolve) => producer.disconnect(0, resolve));
giveResult({});

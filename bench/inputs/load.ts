// Fills a topic before a benchmark begins. A program of its own, by the project's own producer.

import { timestampOf } from '../../demo/orders.js';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { partitionOf } from '../../src/core/murmur2.js';
import { OutputBatch } from '../../src/ports/output-batch.js';
import { childOptions, giveResult } from '../child.js';
import { appendText, type InputName, ordersForBench, valueWriter } from './input.js';
import { schemaSource } from './schema-source.js';

export interface LoadOptions {
  readonly brokers: string;
  readonly registry: string;
  readonly topic: string;
  readonly partitions: number;
  readonly input: InputName;
  readonly records: number;
  readonly compression: string;
}

/** Of values; as much as the client's queue takes with ease. */
const deliveryBytesMax = 8 * 2 ** 20;
const deliveryTimeoutMs = 60_000;

const { brokers, registry, topic, partitions, input, records, compression } = childOptions() as LoadOptions;
const settings = { 'compression.type': compression };
const kafka = await confluentKafka({ brokers, settings, transactionTimeoutMs: deliveryTimeoutMs });
const producer = await kafka.openProducer({ kind: 'idempotent', clientId: 'bench-load' });
const writeValue = await valueWriter(input, topic, schemaSource(registry));
const batch = new OutputBatch([topic]);
for (const order of ordersForBench(records)) {
  const keyStart = batch.sink.position;
  appendText(order.customerId, batch.sink);
  const keyEnd = batch.sink.position;
  writeValue(order, batch.sink);
  batch.append({
    topic: 0,
    partition: partitionOf(batch.sink.bytes, keyStart, keyEnd, partitions),
    timestamp: timestampOf(order),
    keyStart,
    keyEnd,
    valueStart: keyEnd,
    valueEnd: batch.sink.position,
    headersStart: 0,
    headersEnd: 0,
  });
  if (batch.sink.position > deliveryBytesMax) await deliver();
}
if (batch.length > 0) await deliver();
await producer.close();
await kafka.close();
giveResult({});

async function deliver(): Promise<void> {
  await producer.deliver(batch, deliveryTimeoutMs);
  batch.clear();
}

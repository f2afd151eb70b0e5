// Writes orders into their topic, as a shop would: keyed by customer, stamped with their date, each acknowledged.

import { setTimeout as wait } from 'node:timers/promises';
import { type Order, orders as topic } from '../processors/enrich-orders.js';
import { partitionOf } from '../src/core/murmur2.js';
import type { Kafka } from '../src/ports/kafka.js';
import { OutputBatch } from '../src/ports/output-batch.js';
import { partitions } from './cluster.js';
import { timestampOf } from './orders.js';

export interface FeedOptions {
  /** Never slower than this, on average. Default: as fast as it goes. */
  readonly perSecond?: number;
  /** Is told how many orders are in, again and again. */
  readonly onFed?: (orders: number) => void;
}

export async function feed(kafka: Kafka, orders: readonly Order[], options: FeedOptions = {}): Promise<void> {
  const { perSecond = Number.POSITIVE_INFINITY, onFed = () => {} } = options;
  const scope = { topic: topic.name, use: 'write', registerSchemas: false } as const;
  const key = await topic.key.open({ ...scope, part: 'key' });
  const value = await topic.value.open({ ...scope, part: 'value' });
  const batch = new OutputBatch([topic.name]);
  const append = (order: Order): void => {
    const { sink } = batch;
    const keyStart = sink.position;
    key.encode(order.customerId, sink);
    const valueStart = sink.position;
    value.encode(order, sink);
    const end = sink.position;
    const partition = partitionOf(sink.bytes, keyStart, valueStart, partitions.length);
    const range = { keyStart, keyEnd: valueStart, valueStart, valueEnd: end, headersStart: end, headersEnd: end };
    batch.append({ topic: 0, partition, timestamp: timestampOf(order), ...range });
  };
  const producer = await kafka.openProducer({ kind: 'idempotent', clientId: 'demo-feed' });
  try {
    const startMs = performance.now();
    for (let fed = 0; fed < orders.length; ) {
      const due = Math.ceil(((performance.now() - startMs) / 1000) * perSecond);
      for (const order of orders.slice(fed, Math.min(due, fed + chunk))) append(order);
      if (batch.length === 0) {
        await wait(1);
        continue;
      }
      await producer.deliver(batch, 30_000);
      fed += batch.length;
      batch.clear();
      onFed(fed);
    }
  } finally {
    await producer.close();
  }
}

const chunk = 10_000;

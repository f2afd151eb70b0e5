// The peer of the benchmark: the same enrichment, exactly-once, written directly on the client's raw API by somebody who
// knows it well and cares for nothing but speed. One transactional producer per partition, so that one partition computes
// while another commits; as many records in a transaction as have come meanwhile. It has no rebalance handling, no
// ownership checks, no policies, no retries: any error ends it.

import { type RawMessage, type RawProducer, rawModule } from '../src/adapters/confluent/raw-client.js';
import { called } from './called.js';
import { enrich, isEnriched, isOrder } from './enrichment.js';
import type { Progress } from './progress.js';
import type { SideOptions } from './side.js';

const partitions = 4;
const consumeMax = 1000;
const transactionMax = 5000;
const waitingMax = 20_000;

export async function runBareLoop(options: SideOptions, progress: Progress): Promise<() => Promise<void>> {
  const { KafkaConsumer, Producer } = rawModule();
  const { brokers, group, input, output } = options;
  const common = { 'bootstrap.servers': brokers };
  const producers: RawProducer[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const producer = new Producer({
      ...common,
      'transactional.id': `${group}/${partition}`,
      'linger.ms': 5,
      'compression.type': 'lz4',
      'retry.backoff.ms': 10,
      'queue.buffering.max.messages': 200_000,
      partitioner: 'murmur2_random',
    });
    await called((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
    await called((callback) => producer.initTransactions(10_000, callback));
    producers.push(producer);
  }
  const consumer = new KafkaConsumer(
    {
      ...common,
      'group.id': group,
      'enable.auto.commit': false,
      'isolation.level': 'read_committed',
      'fetch.queue.backoff.ms': 50,
      'queued.min.messages': 20_000,
    },
    { 'auto.offset.reset': 'earliest' },
  );
  await called((callback) => consumer.connect({ allTopics: false, timeout: 10_000 }, callback));
  consumer.subscribe([input]);

  const waiting: RawMessage[][] = producers.map(() => []);
  const settling: Promise<void>[] = producers.map(() => Promise.resolve());
  const isBusy = producers.map(() => false);
  const ending = new AbortController();
  let roomFound = (): void => {};

  async function settle(partition: number): Promise<void> {
    const producer = producers[partition] as RawProducer;
    isBusy[partition] = true;
    for (let batch = take(partition); batch.length > 0; batch = take(partition)) {
      await called((callback) => producer.beginTransaction(callback));
      for (const { key, value, timestamp } of batch) {
        const order: unknown = JSON.parse((value as Buffer).toString());
        if (!isOrder(order)) throw new Error('this is no order');
        const enriched = enrich(order);
        if (!isEnriched(enriched)) throw new Error('this is no enriched order');
        producer.produce(
          output,
          -1,
          Buffer.from(JSON.stringify(enriched)),
          key,
          timestamp as number,
          undefined,
          undefined,
        );
      }
      const offsets = [{ topic: input, partition, offset: (batch.at(-1) as RawMessage).offset + 1 }];
      await called((callback) => producer.sendOffsetsToTransaction(offsets, consumer, 10_000, callback));
      await called((callback) => producer.commitTransaction(10_000, callback));
      progress.committed(batch.length);
      roomFound();
    }
    isBusy[partition] = false;
  }

  function take(partition: number): RawMessage[] {
    return (waiting[partition] as RawMessage[]).splice(0, transactionMax);
  }

  async function consume(count: number, timeoutMs: number): Promise<readonly RawMessage[]> {
    consumer.setDefaultConsumeTimeout(timeoutMs);
    return called<readonly RawMessage[]>((callback) => consumer.consume(count, callback));
  }

  async function read(): Promise<void> {
    while (!ending.signal.aborted) {
      if (waiting.reduce((sum, { length }) => sum + length, 0) > waitingMax)
        await new Promise<void>((resolve) => (roomFound = resolve));
      let messages = await consume(consumeMax, 0);
      if (messages.length === 0) messages = await consume(1, 100);
      if (messages.length > 0) progress.begin();
      for (const message of messages) waiting[message.partition]?.push(message);
      for (let partition = 0; partition < partitions; partition++)
        if (!isBusy[partition] && waiting[partition]?.length) settling[partition] = settle(partition).catch(fatal);
    }
  }
  const reading = read().catch(fatal);

  return async () => {
    ending.abort();
    await Promise.all([reading, ...settling]);
    await new Promise((resolve) => consumer.disconnect(resolve));
    for (const producer of producers) await new Promise((resolve) => producer.disconnect(0, resolve));
  };
}

function fatal(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

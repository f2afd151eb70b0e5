// The same work, exactly-once, written directly on the client by somebody who knows it well and cares for nothing but speed.
// One transactional producer per partition, so that one partition computes while another commits; as many records in a
// transaction as have come meanwhile. It has no rebalance handling, no ownership checks, no policies, no retries: any error
// ends it. How records are taken and handed over is a `Way`: the client's raw API (raw-way.ts) or the columns of the fast
// lane (fast-way.ts).

import {
  type RawConfig,
  type RawConsumer,
  type RawProducer,
  rawModule,
} from '../../src/adapters/confluent/raw-client.js';
import { called } from '../called.js';
import type { SideOptions } from './options.js';
import type { Tally } from './tally.js';

export interface Way<Chunk extends Records> {
  /** What both clients are made with besides. */
  readonly config: RawConfig;
  /** Right behind the construction of each client, which is when the fast lane knows which one is the latest. */
  made(client: RawConsumer | RawProducer): void;
  /** Once, with the clients connected. */
  open(consumer: RawConsumer, producers: readonly RawProducer[]): void;
  /** What is there; waits a little for the first record. */
  take(): Promise<readonly Chunk[]>;
  /** Does the workload's work and queues what comes of it. */
  write(chunk: Chunk, partition: number): void | Promise<void>;
  sendOffset(partition: number, offset: number): Promise<void>;
  close(): void;
}

/** Records of one partition. */
export interface Records {
  readonly partition: number;
  readonly length: number;
  readonly endOffset: number;
}

const transactionMax = 5000;
const waitingMax = 20_000;

export async function runBareLoop<Chunk extends Records>(
  { brokers, group, input, partitions, compression }: SideOptions,
  tally: Tally,
  way: Way<Chunk>,
): Promise<() => Promise<void>> {
  const { KafkaConsumer, Producer } = rawModule();
  const common = { 'bootstrap.servers': brokers, ...way.config };
  const producers: RawProducer[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const producer = new Producer({
      ...common,
      'transactional.id': `${group}/${partition}`,
      'linger.ms': 5,
      'compression.type': compression,
      'retry.backoff.ms': 10,
      'queue.buffering.max.messages': 200_000,
      partitioner: 'murmur2_random',
    });
    way.made(producer);
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
  way.made(consumer);
  await called((callback) => consumer.connect({ allTopics: false, timeout: 10_000 }, callback));
  way.open(consumer, producers);
  consumer.subscribe([input]);

  const waiting: Chunk[][] = producers.map(() => []);
  const settling: Promise<void>[] = producers.map(() => Promise.resolve());
  const isBusy = producers.map(() => false);
  let waitingRecords = 0;
  const ending = new AbortController();
  let roomFound = (): void => {};

  async function settle(partition: number): Promise<void> {
    const producer = producers[partition] as RawProducer;
    isBusy[partition] = true;
    for (let chunks = next(partition); chunks.length > 0; chunks = next(partition)) {
      await called((callback) => producer.beginTransaction(callback));
      for (const chunk of chunks) await way.write(chunk, partition);
      await way.sendOffset(partition, (chunks.at(-1) as Chunk).endOffset);
      await called((callback) => producer.commitTransaction(10_000, callback));
      tally.committed();
      roomFound();
    }
    isBusy[partition] = false;
  }

  /** Whole chunks, at least one if there is any. */
  function next(partition: number): Chunk[] {
    const queue = waiting[partition] as Chunk[];
    let [count, records] = [0, 0];
    while (count < queue.length && records < transactionMax) records += (queue[count++] as Chunk).length;
    waitingRecords -= records;
    return queue.splice(0, count);
  }

  async function read(): Promise<void> {
    while (!ending.signal.aborted) {
      if (waitingRecords > waitingMax) await new Promise<void>((resolve) => (roomFound = resolve));
      for (const chunk of await way.take()) {
        tally.begin();
        waiting[chunk.partition]?.push(chunk);
        waitingRecords += chunk.length;
      }
      for (let partition = 0; partition < partitions; partition++)
        if (!isBusy[partition] && waiting[partition]?.length) settling[partition] = settle(partition).catch(fatal);
    }
  }
  const reading = read().catch(fatal);

  return async () => {
    ending.abort();
    await reading;
    await Promise.all(settling);
    way.close();
    await new Promise((resolve) => consumer.disconnect(resolve));
    for (const producer of producers) await new Promise((resolve) => producer.disconnect(0, resolve));
  };
}

function fatal(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}

// Reads a whole topic as columns, read_committed, as quickly as it can be had: by the fast lane where there is one. Belongs to no
// group's membership.

import { inspect } from 'node:util';
import { SlowIntake } from '../src/adapters/confluent/intake.js';
import { FastIntake } from '../src/adapters/confluent/native/fast-intake.js';
import { attached, lane, laneConfig, markOfLatest } from '../src/adapters/confluent/native/lane.js';
import { rawModule } from '../src/adapters/confluent/raw-client.js';
import type { RecordBatch } from '../src/ports/record-batch.js';
import { called } from './called.js';

export interface ColumnsReader {
  /** What is there, as it comes. */
  take(): Promise<readonly RecordBatch[]>;
  /** Until the caller has had enough and nothing more comes, or until nothing has come for long. */
  untilQuiet(isEnough: () => boolean): AsyncGenerator<RecordBatch, void, undefined>;
  close(): Promise<void>;
}

export interface ColumnsReaderOptions {
  readonly brokers: string;
  readonly topic: string;
  readonly partitions: number;
}

const takeMax = 10_000;
const waitMs = 100;
const quietMs = 500;
const stalledMs = 15_000;

export async function openReader({ brokers, topic, partitions }: ColumnsReaderOptions): Promise<ColumnsReader> {
  const chosen = lane();
  const raw = new (rawModule().KafkaConsumer)(
    {
      'bootstrap.servers': brokers,
      'group.id': `bench-reader-${topic}`,
      'enable.auto.commit': false,
      'isolation.level': 'read_committed',
      'fetch.queue.backoff.ms': 5,
      ...laneConfig(chosen),
    },
    { 'auto.offset.reset': 'earliest' },
  );
  const mark = markOfLatest(chosen);
  await called((callback) => raw.connect({ allTopics: false, timeout: 10_000 }, callback));
  const intake =
    chosen.kind === 'fast'
      ? new FastIntake(chosen.native, attached(chosen.native, mark, true))
      : new SlowIntake(raw, () => false);
  raw.assign(Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 })));

  async function take(): Promise<readonly RecordBatch[]> {
    const { batches, failures } = await intake.take(takeMax, waitMs);
    if (failures.length > 0) throw new Error(inspect(failures));
    return batches;
  }

  return {
    take,
    async *untilQuiet(isEnough) {
      let lastMs = performance.now();
      for (;;) {
        const batches = await take();
        yield* batches;
        if (batches.length > 0) lastMs = performance.now();
        else if (performance.now() - lastMs > (isEnough() ? quietMs : stalledMs)) return;
      }
    },
    async close() {
      intake.close();
      await new Promise((resolve) => raw.disconnect(resolve));
    },
  };
}

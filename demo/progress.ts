// How far a group has come, seen from outside of it: a client that is no member and asks for committed offsets only.

import { setTimeout as wait } from 'node:timers/promises';
import { call } from '../src/adapters/confluent/kafka-error.js';
import { rawModule } from '../src/adapters/confluent/raw-client.js';
import { KafkaError } from '../src/ports/kafka.js';
import { partitions } from './cluster.js';

export interface Progress {
  /** How many records of the topic the group has committed; undefined while its coordinator is not there yet. */
  committed(): Promise<number | undefined>;
  close(): Promise<void>;
}

/** For a topic without transactions: its offsets count its records. */
export async function watchProgress(
  brokers: string,
  group: string,
  topic: string,
  partitionCount: number = partitions.length,
): Promise<Progress> {
  const raw = new (rawModule().KafkaConsumer)(
    // Without isolation: what is committed, not what a transaction that was left open may yet commit.
    {
      'bootstrap.servers': brokers,
      'group.id': group,
      'isolation.level': 'read_uncommitted',
      'enable.auto.commit': false,
    },
    {},
  );
  await call('connect', (callback) => raw.connect({ allTopics: false, timeout: 10_000 }, callback));
  const asked = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
  return {
    async committed() {
      try {
        const offsets = await call<Committed>('read committed offsets', (callback) =>
          raw.committed(asked, 10_000, callback),
        );
        return offsets.reduce((sum, entry) => sum + offsetOf(entry), 0);
      } catch (error) {
        if (error instanceof KafkaError && !error.fatal) return undefined;
        throw error;
      }
    },
    close: () => new Promise((resolve) => raw.disconnect(() => resolve())),
  };
}

/** Resolves when the group has committed `records`; rejects when it has not moved for `stallMs`. */
export async function untilCommitted(progress: Progress, records: number, stallMs = 30_000): Promise<void> {
  let before = 0;
  let movedMs = performance.now();
  for (;;) {
    const committed = (await progress.committed()) ?? before;
    if (committed >= records) return;
    if (committed > before) movedMs = performance.now();
    else if (performance.now() - movedMs > stallMs)
      throw new Error(`the processor stands at ${before} of ${records} orders for ${stallMs / 1000} s`);
    before = Math.max(before, committed);
    await wait(100);
  }
}

type Committed = readonly ({ readonly offset?: number } | Error)[];

function offsetOf(entry: Committed[number]): number {
  if (entry instanceof Error) throw entry;
  return Math.max(0, entry.offset ?? 0);
}

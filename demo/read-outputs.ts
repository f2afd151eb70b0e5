// Reads what came out, from the beginning and read_committed, as any consumer of the outputs would.

import { setTimeout as wait } from 'node:timers/promises';
import { audit, enriched } from '../processors/enrich-orders.js';
import { readTopic, type TopicRecord } from '../src/adapters/confluent/topic-reader.js';
import type { Codec } from '../src/core/codec.js';
import { type Cluster, deadLetters, partitions } from './cluster.js';
import { openLogProbe } from './log-probe.js';
import type { History, Place } from './proof.js';

/** Throws if a transaction is still open in an output: whoever wrote it has ended, so nobody would ever read on there. */
export async function readOutputs(cluster: Cluster): Promise<Omit<History, 'orders'>> {
  await untilStable(cluster);
  const [enrichedRecords, auditRecords, letters] = await Promise.all([
    decoded(cluster, enriched),
    decoded(cluster, audit),
    recordsOf(cluster, deadLetters),
  ]);
  return { enriched: enrichedRecords, audit: auditRecords, deadLetters: letters.length };
}

interface ReadTopic<Value> {
  readonly name: string;
  readonly key: Codec<string>;
  readonly value: Codec<Value, never>;
}

async function decoded<Value>(
  cluster: Cluster,
  topic: ReadTopic<Value>,
): Promise<(Place & { readonly value: Value })[]> {
  const scope = { topic: topic.name, use: 'read', registry: cluster.registry, registerSchemas: false } as const;
  const key = await topic.key.open({ ...scope, part: 'key' });
  const value = await topic.value.open({ ...scope, part: 'value' });
  const records: (Place & { readonly value: Value })[] = [];
  for (const record of await recordsOf(cluster, topic.name)) {
    const { partition, offset } = record;
    if (record.key === null || record.value === null) throw new Error(`${topic.name}/${partition}@${offset} is null`);
    await value.missing?.(record.value, 0, record.value.length);
    records.push({
      partition,
      offset,
      key: key.decode(record.key, 0, record.key.length),
      value: value.decode(record.value, 0, record.value.length),
    });
  }
  return records;
}

async function recordsOf({ brokers }: Cluster, topic: string): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  for await (const record of readTopic({ brokers, topic })) records.push(record);
  return records;
}

/** A commit is done before its markers are in all partitions; readers see its records a moment later. */
async function untilStable({ brokers }: Cluster): Promise<void> {
  const probe = await openLogProbe(brokers);
  const deadline = performance.now() + stableMs;
  try {
    for (const topic of [enriched.name, audit.name, deadLetters])
      for (;;) {
        const open = (await probe.ends(topic, partitions)).find(({ stable, high }) => stable < high);
        if (open === undefined) break;
        if (performance.now() > deadline)
          throw new Error(`a transaction is open in ${topic}/${open.partition} from offset ${open.stable}`);
        await wait(20);
      }
  } finally {
    probe.close();
  }
}

const stableMs = 20_000;

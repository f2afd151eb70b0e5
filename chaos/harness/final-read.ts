// What is there when everybody has gone: every topic from its beginning by a fresh client, the logs behind them from the
// brokers that lead them, the ends of all partitions and what is left of the groups.

import { setTimeout as wait } from 'node:timers/promises';
import { openLogProbe } from '../../demo/log-probe.js';
import { call } from '../../src/adapters/confluent/kafka-error.js';
import { rawModule } from '../../src/adapters/confluent/raw-client.js';
import { type HistoryFile, type LogBatch, logBatchKinds } from '../history.js';
import { readInto } from '../read.js';

/** Reads everything into the history; a topic whose transactions do not settle in time is told as it is. */
export async function readFinally(
  history: HistoryFile,
  {
    brokers,
    topics,
    settleMs,
  }: { readonly brokers: string; readonly topics: readonly string[]; readonly settleMs: number },
): Promise<void> {
  const leaders = await findLeaders(brokers, topics);
  for (const topic of topics) {
    const partitions = leaders.get(topic) ?? [];
    const deadline = performance.now() + settleMs;
    let ends = await readEnds(topic, partitions);
    while (ends.some(({ stable, high }) => stable < high) && performance.now() < deadline) {
      await wait(50);
      ends = await readEnds(topic, partitions);
    }
    history.append({
      event: 'ends',
      topic,
      stable: ends.map(({ stable }) => stable),
      high: ends.map(({ high }) => high),
    });
    await readInto(history, { brokers, topic, when: 'finally' });
    for (const [partition, leader] of partitions.entries()) await readLog(history, topic, partition, leader);
  }
}

async function readEnds(topic: string, leaders: readonly string[]): Promise<{ stable: number; high: number }[]> {
  const ends: { stable: number; high: number }[] = [];
  for (const [partition, leader] of leaders.entries()) {
    const probe = await openLogProbe(leader);
    const [end] = await probe.ends(topic, [partition]);
    probe.close();
    ends.push({ stable: end?.stable ?? -1, high: end?.high ?? -1 });
  }
  return ends;
}

async function readLog(history: HistoryFile, topic: string, partition: number, leader: string): Promise<void> {
  const probe = await openLogProbe(leader);
  let batches: LogBatch[] = [];
  for await (const { first, last, producerId, epoch, kind } of probe.batches(topic, partition)) {
    batches.push([first, last, Number(producerId), epoch, logBatchKinds.indexOf(kind) as 0 | 1 | 2 | 3]);
    if (batches.length < batchesMax) continue;
    history.append({ event: 'log', topic, partition, batches });
    batches = [];
  }
  history.append({ event: 'log', topic, partition, batches });
  probe.close();
}

interface ClusterMetadata {
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly { readonly id: number; readonly leader: number }[];
  }[];
}

/** By topic and partition: the address of its leader. */
async function findLeaders(
  brokers: string,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const producer = new (rawModule().Producer)({ 'bootstrap.servers': brokers });
  producer.on('event.error', () => {});
  await call<unknown>('connect', (callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
  try {
    const metadata = (await call<unknown>('read metadata', (callback) =>
      producer.getMetadata({ allTopics: true, timeout: 10_000 }, callback),
    )) as ClusterMetadata;
    const addresses = new Map(metadata.brokers.map(({ id, host, port }) => [id, `${host}:${port}`]));
    return new Map(
      metadata.topics
        .filter(({ name }) => topics.includes(name))
        .map(({ name, partitions }) => [
          name,
          partitions
            .toSorted((a, b) => a.id - b.id)
            .map(({ leader }) => addresses.get(leader) ?? `no leader for ${name}`),
        ]),
    );
  } finally {
    await new Promise<void>((resolve) => producer.disconnect(0, () => resolve()));
  }
}

const batchesMax = 1000;

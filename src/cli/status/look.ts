// One look at processors from outside: what their groups have committed, how far their inputs reach, who owns what. Asks and gives
// back what was answered; what to make of it is said elsewhere (history.ts).

import type { GroupOffsets } from '../../adapters/confluent/group-offsets.js';
import { type GroupId, type GroupOffset, partitionKey, type TopicPartition } from '../../core/ids.js';
import type { Topology } from '../../core/topology.js';
import { type Kafka, KafkaError, type OffsetRange, type TopicDescription } from '../../ports/kafka.js';
import type { MembersOf } from './members.js';

export interface Watched {
  readonly topology: Topology;
  readonly group: GroupId;
}

export interface Look {
  /** Monotonic. */
  readonly atMs: number;
  readonly watched: Watched;
  readonly members: MembersOf;
  readonly inputs: readonly InputLook[];
}

export type InputLook =
  | { readonly kind: 'missing'; readonly topic: string }
  /** The brokers did not say how far it reaches. */
  | { readonly kind: 'silent'; readonly topic: string; readonly reason: string }
  | {
      readonly kind: 'seen';
      readonly topic: string;
      readonly id: string | undefined;
      readonly partitions: readonly PartitionLook[];
    };

export interface PartitionLook extends TopicPartition, OffsetRange {
  /** High watermark. */
  readonly high: number;
  readonly committed: GroupOffset | undefined;
}

export interface LookSources {
  readonly kafka: Pick<Kafka, 'describeTopics' | 'highWatermarks' | 'offsetRanges'>;
  readonly offsetsOf: (group: GroupId) => Promise<Pick<GroupOffsets, 'committed'>>;
  readonly membersOf: (groups: readonly GroupId[]) => Promise<ReadonlyMap<GroupId, MembersOf>>;
  readonly nowMs: () => number;
}

export async function lookAt(all: readonly Watched[], sources: LookSources): Promise<readonly Look[]> {
  const { kafka, membersOf, nowMs } = sources;
  const asked = membersOf(all.map(({ group }) => group));
  const names = all.flatMap(({ topology }) => topology.subtopologies.map(({ source }) => source.topic.name));
  const topics = await kafka.describeTopics([...new Set(names)], withinMs);
  const looks: Omit<Look, 'members'>[] = [];
  for (const watched of all) {
    const inputs = await inputsOf(watched, topics, sources);
    looks.push({ atMs: nowMs(), watched, inputs });
  }
  const members = await asked;
  return looks.map((look) => ({ ...look, members: members.get(look.watched.group) ?? notAsked }));
}

/** Whoever watches wants to hear soon that the brokers do not answer. */
const withinMs = 5000;

const notAsked: MembersOf = { kind: 'unknown', reason: 'it was not asked' };

async function inputsOf(
  { topology, group }: Watched,
  topics: ReadonlyMap<string, TopicDescription>,
  { kafka, offsetsOf }: LookSources,
): Promise<readonly InputLook[]> {
  const inputs: InputLook[] = [];
  for (const { source } of topology.subtopologies) {
    const topic = source.topic.name;
    const found = topics.get(topic);
    if (found === undefined) {
      inputs.push({ kind: 'missing', topic });
      continue;
    }
    const partitions = Array.from({ length: found.partitions }, (_, partition) => ({ topic, partition }));
    try {
      const offsets = await offsetsOf(group);
      // In this order: a log that only grows is then never ahead of its own end, and what the high watermark had before the last
      // stable offset was asked for is behind that one only where a transaction is open.
      const committed = await offsets.committed(partitions);
      const highs = await kafka.highWatermarks(partitions);
      const ranges = await kafka.offsetRanges(partitions);
      inputs.push({
        kind: 'seen',
        topic,
        id: found.id,
        partitions: partitions.map((partition, i) => ({
          ...partition,
          ...(ranges[i] as OffsetRange),
          high: highs[i] as number,
          committed: committed[i],
        })),
      });
    } catch (error) {
      // A partition without a leader, or a coordinator that is on its way: the others are worth a look.
      if (!(error instanceof KafkaError) || !error.retriable) throw error;
      inputs.push({ kind: 'silent', topic, reason: error.message });
    }
  }
  return inputs;
}

/** For maps of partitions of several processors. */
export function keyOf(group: GroupId, partition: TopicPartition): string {
  return `${group} ${partitionKey(partition)}`;
}

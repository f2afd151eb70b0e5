// What the brokers are asked for `check --live`: topics and their copies, how far groups have come, what this login may do. It
// joins no group, opens no transaction and writes nothing.

import { brokersOf, isLoopback } from '../../adapters/confluent/broker-list.js';
import { GroupOffsets } from '../../adapters/confluent/group-offsets.js';
import type { TopicState } from '../../adapters/confluent/topic-state.js';
import { type GroupOffset, groupId, type TopicPartition } from '../../core/ids.js';
import type { Topology } from '../../core/topology.js';
import { KafkaError, type OffsetRange } from '../../ports/kafka.js';
import type { Connection } from '../connection.js';
import { type NeededTopic, neededTopics } from '../needed-topics.js';
import { useKafka } from '../use-kafka.js';

export interface LiveFacts {
  readonly verifiesTransactions: boolean;
  /** Whether all brokers that are named are on this machine, where nobody expects copies. */
  readonly isThisMachine: boolean;
  readonly needed: readonly NeededTopic[];
  /** What is there of what is needed, and of Kafka's own topics; an error for what this login may not look at. */
  readonly topics: ReadonlyMap<string, TopicState | KafkaError>;
  readonly processors: readonly ProcessorFacts[];
}

export interface ProcessorFacts {
  readonly topology: Topology;
  /** The partitions of its inputs, or why the group or they could not be asked. */
  readonly inputs: readonly InputFacts[] | KafkaError;
}

export interface InputFacts extends TopicPartition {
  readonly range: OffsetRange;
  /** Undefined: the group has none. */
  readonly committed: GroupOffset | undefined;
}

/** Kafka keeps in them what is committed, and which transactions there are. */
export const internalTopics = ['__consumer_offsets', '__transaction_state'] as const;

/** @throws as `confluentKafka` */
export function askBrokers(connection: Connection, topologies: readonly Topology[]): Promise<LiveFacts> {
  const needed = neededTopics(connection.namespace, topologies);
  return useKafka(connection, async (kafka) => {
    const topics = await kafka.topicStates([...needed.map(({ name }) => name), ...internalTopics]);
    const ranges = (partitions: readonly TopicPartition[]) => kafka.offsetRanges(partitions);
    const processors: ProcessorFacts[] = [];
    for (const topology of topologies)
      processors.push({ topology, inputs: await inputsOf(topology, topics, ranges, connection) });
    return {
      verifiesTransactions: kafka.verifiesTransactions(),
      isThisMachine: brokersOf(connection.brokers).every(({ host }) => isLoopback(host)),
      needed,
      topics,
      processors,
    };
  });
}

async function inputsOf(
  topology: Topology,
  topics: LiveFacts['topics'],
  ranges: InputQuestions['ranges'],
  { brokers, settings, namespace }: Connection,
): Promise<ProcessorFacts['inputs']> {
  const partitions = topology.subtopologies.flatMap(({ source: { topic } }) => askable(topic.name, topics));
  if (partitions.length === 0) return [];
  try {
    const group = await GroupOffsets.open({ brokers, settings, groupId: groupId(namespace, topology.name) });
    try {
      return await askInputs(partitions, { committed: (all) => group.committed(all), ranges });
    } finally {
      await group.close();
    }
  } catch (error) {
    if (error instanceof KafkaError) return error;
    throw error;
  }
}

interface InputQuestions {
  readonly committed: (partitions: readonly TopicPartition[]) => Promise<readonly (GroupOffset | undefined)[]>;
  readonly ranges: (partitions: readonly TopicPartition[]) => Promise<readonly OffsetRange[]>;
}

/** In this order: a processor that runs goes on meanwhile, and its offset would lie beyond an end that was asked for before. */
export async function askInputs(
  partitions: readonly TopicPartition[],
  { committed, ranges }: InputQuestions,
): Promise<readonly InputFacts[]> {
  const offsets = await committed(partitions);
  const found = await ranges(partitions);
  return partitions.map((partition, i) => ({
    ...partition,
    range: found[i] as OffsetRange,
    committed: offsets[i],
  }));
}

/** Partitions without a leader have nobody who could answer. */
function askable(topic: string, topics: LiveFacts['topics']): TopicPartition[] {
  const state = topics.get(topic);
  if (state === undefined || state instanceof KafkaError || !state.mayRead) return [];
  return state.partitions.filter(({ hasLeader }) => hasLeader).map(({ partition }) => ({ topic, partition }));
}

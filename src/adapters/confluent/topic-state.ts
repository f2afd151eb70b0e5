// What the brokers say of a topic, for tools that judge it: how many brokers keep it, and what this login may do with it.

import type { KafkaError } from '../../ports/kafka.js';
import { toKafkaError } from './kafka-error.js';
import type { RawTopicDescription } from './raw-client.js';

export interface TopicState {
  /** Undefined where brokers know of none. */
  readonly id: string | undefined;
  readonly partitions: readonly PartitionState[];
  /** True also where the brokers do not say. */
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
}

export interface PartitionState {
  readonly partition: number;
  readonly hasLeader: boolean;
  /** How many brokers keep it, and how many of them have all of it. */
  readonly replicas: number;
  readonly inSync: number;
}

/** Of those that are there; one that this login may not look at has the error in place of its state. */
export function topicStates(
  descriptions: readonly RawTopicDescription[],
): ReadonlyMap<string, TopicState | KafkaError> {
  const there = descriptions.filter(({ error }) => error?.code !== unknownTopic);
  return new Map(
    there.map((one) => [one.name, one.error ? toKafkaError(one.error, `describe ${one.name}`) : stateOf(one)]),
  );
}

/** Kafka's own id of a topic; undefined where brokers know of none. */
export function topicIdOf({ topicId }: RawTopicDescription): string | undefined {
  return topicId.base64 === noId ? undefined : topicId.base64;
}

export function mayDo(operation: 'read' | 'write', { authorizedOperations }: RawTopicDescription): boolean {
  return authorizedOperations?.includes(operations[operation]) ?? true;
}

/** Kafka's number for a topic that is not there. */
export const unknownTopic = 3;

function stateOf(description: RawTopicDescription): TopicState {
  return {
    id: topicIdOf(description),
    partitions: description.partitions.map(({ partition, leader, replicas, isr }) => ({
      partition,
      hasLeader: leader !== null,
      replicas: replicas.length,
      inSync: isr.length,
    })),
    mayRead: mayDo('read', description),
    mayWrite: mayDo('write', description),
  };
}

/** What brokers before Kafka 2.8 are taken to say. */
const noId = 'AAAAAAAAAAAAAAAAAAAAAA';
/** Kafka's numbers. */
const operations = { read: 3, write: 4 } as const;

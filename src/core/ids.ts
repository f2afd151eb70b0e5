// Branded identifiers and the only functions that make them, so that a topic's name can never stand where a
// transactional id is expected. Pure.

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** The consumer group of a processor: `<namespace><processor>`. */
export type GroupId = Brand<string, 'GroupId'>;
/** `<namespace><processor>/<subtopology>/<partition>`: stable, never random, never shared (E1). */
export type TransactionalId = Brand<string, 'TransactionalId'>;

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** An offset as a group keeps it. */
export interface GroupOffset {
  readonly offset: number;
  /** What whoever committed it has written beside it (E16). */
  readonly metadata: string;
}

/** What names of topics, processors and namespaces are made of: Kafka's own rule for topics, without `/` (E1). */
export const namePattern: RegExp = /^[a-zA-Z0-9._-]+$/;
/** Kafka's limit for the name of a topic. */
export const nameLengthMax = 249;

export function isName(name: string): boolean {
  return namePattern.test(name) && name.length <= nameLengthMax && name !== '.' && name !== '..';
}

export function groupId(namespace: string, processor: string): GroupId {
  return `${namespace}${processor}` as GroupId;
}

export function transactionalId(group: GroupId, subtopology: string, partition: number): TransactionalId {
  return `${transactionalIdPrefix(group)}${subtopology}/${partition}` as TransactionalId;
}

/** What all transactional ids of a processor begin with, and those of no other one (E1). */
export function transactionalIdPrefix(group: GroupId): string {
  return `${group}/`;
}

/** A key for maps of partitions. `/` is in no topic's name, so two partitions never share a key. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

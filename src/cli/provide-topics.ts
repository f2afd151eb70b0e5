// Creates the topics that processors need and the cluster does not have.

import type { Admin } from '../adapters/confluent/kafka.js';
import { ProcessorError } from '../errors/processor-error.js';
import { KafkaError } from '../ports/kafka.js';
import type { NeededTopic } from './needed-topics.js';

export interface ProvideOptions {
  /** For topics whose definition names none. Default: the broker's. */
  readonly partitions?: number;
  /** Default: the broker's. */
  readonly replicationFactor?: number;
  /** There is one broker, whatever a definition expects: nothing is asked of replicas. */
  readonly isOneBroker?: boolean;
}

export interface ProvidedTopic {
  readonly topic: string;
  readonly created: boolean;
  readonly partitions: number;
  /** What its definition says, where that differs. */
  readonly defined?: number;
}

/** One after the other, in their order. Throws PRC_TOPIC_NOT_CREATED. */
export async function provideTopics(
  kafka: Admin,
  needed: readonly NeededTopic[],
  options: ProvideOptions = {},
): Promise<readonly ProvidedTopic[]> {
  const counts = await kafka.partitionCounts(needed.map(({ name }) => name));
  const provided: ProvidedTopic[] = [];
  for (const topic of needed) provided.push(await provide(kafka, topic, counts.get(topic.name), options));
  return provided;
}

async function provide(
  kafka: Admin,
  topic: NeededTopic,
  there: number | undefined,
  options: ProvideOptions,
): Promise<ProvidedTopic> {
  const { name, definition } = topic;
  const created = there === undefined && (await create(kafka, topic, options));
  const partitions = there ?? (await visible(kafka, name));
  const defined = definition?.partitions;
  return { topic: name, created, partitions, ...(defined === undefined || defined === partitions ? {} : { defined }) };
}

async function create(
  kafka: Admin,
  { name, definition, inputs }: NeededTopic,
  { partitions, replicationFactor, isOneBroker = false }: ProvideOptions,
): Promise<boolean> {
  const asInputs = definition === undefined ? Math.max(...(await kafka.partitionCounts(inputs)).values()) : undefined;
  // A dead letter waits for somebody who looks into it, however long that takes.
  const { 'min.insync.replicas': replicas, ...rest } = definition
    ? (definition.config ?? {})
    : { 'retention.ms': '-1' };
  try {
    return await kafka.createTopic({
      name,
      partitions: definition?.partitions ?? asInputs ?? partitions ?? brokersDefault,
      replicationFactor: replicationFactor ?? brokersDefault,
      config: replicas === undefined || isOneBroker ? rest : { ...rest, 'min.insync.replicas': replicas },
    });
  } catch (cause) {
    if (!(cause instanceof KafkaError)) throw cause;
    throw new ProcessorError(
      'PRC_TOPIC_NOT_CREATED',
      { topic: name, reason: cause.message.replace(`create ${name}: `, '') },
      { cause },
    );
  }
}

/** A topic is created before every broker knows it: `run` right after this must find it. */
async function visible(kafka: Admin, topic: string): Promise<number> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const count = (await kafka.partitionCounts([topic])).get(topic);
    if (count !== undefined && count > 0) return count;
    await new Promise((resolve) => setTimeout(resolve, betweenMs));
  }
  throw new ProcessorError('PRC_TOPIC_NOT_CREATED', {
    topic,
    reason: `the brokers do not know it ${(attemptsMax * betweenMs) / 1000} s after they created it`,
  });
}

const brokersDefault = -1;
const attemptsMax = 100;
const betweenMs = 100;

// `processor topics create`: what the processors need and the cluster does not have.

import type { Admin } from '../adapters/confluent/kafka.js';
import { ProcessorError } from '../errors/processor-error.js';
import { KafkaError } from '../ports/kafka.js';
import { type ConnectionFlags, connectionOf } from './connection.js';
import { discover } from './discover.js';
import { type NeededTopic, neededTopics } from './needed-topics.js';
import { counted, table } from './table.js';
import { useKafka } from './use-kafka.js';

export interface CreateFlags extends ConnectionFlags {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly json?: boolean;
}

interface Outcome {
  readonly topic: string;
  readonly created: boolean;
  readonly partitions: number;
  /** What its definition says, where that differs. */
  readonly defined?: number;
}

export async function createTopics(wanted: readonly string[], flags: CreateFlags): Promise<void> {
  const connection = await connectionOf(flags, process.env, 'topics create');
  const { processors } = await discover(process.cwd(), wanted);
  const needed = neededTopics(
    connection.namespace,
    processors.map(({ processor }) => processor.topology),
  );
  await useKafka(connection, async (kafka) => {
    const outcomes: Outcome[] = [];
    for (const topic of needed) outcomes.push(await provide(kafka, topic, flags));
    process.stdout.write(flags.json ? `${JSON.stringify({ topics: outcomes })}\n` : table(outcomes.map(row)));
  });
}

async function provide(kafka: Admin, topic: NeededTopic, flags: CreateFlags): Promise<Outcome> {
  const { name, definition } = topic;
  const there = await countOf(kafka, name);
  const created = there === undefined && (await create(kafka, topic, flags));
  const partitions = there ?? (await visible(kafka, name));
  const defined = definition?.partitions;
  return { topic: name, created, partitions, ...(defined === undefined || defined === partitions ? {} : { defined }) };
}

async function create(kafka: Admin, { name, definition, inputs }: NeededTopic, flags: CreateFlags): Promise<boolean> {
  const asInputs = definition === undefined ? Math.max(...(await kafka.partitionCounts(inputs)).values()) : undefined;
  try {
    return await kafka.createTopic({
      name,
      partitions: definition?.partitions ?? asInputs ?? flags.partitions ?? brokersDefault,
      replicationFactor: flags.replicationFactor ?? brokersDefault,
      // A dead letter waits for somebody who looks into it, however long that takes.
      config: definition === undefined ? { 'retention.ms': '-1' } : (definition.config ?? {}),
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
    const count = await countOf(kafka, topic);
    if (count !== undefined && count > 0) return count;
    await new Promise((resolve) => setTimeout(resolve, betweenMs));
  }
  throw new ProcessorError('PRC_TOPIC_NOT_CREATED', {
    topic,
    reason: `the brokers do not know it ${(attemptsMax * betweenMs) / 1000} s after they created it`,
  });
}

async function countOf(kafka: Admin, topic: string): Promise<number | undefined> {
  return (await kafka.partitionCounts([topic])).get(topic);
}

const brokersDefault = -1;
const attemptsMax = 100;
const betweenMs = 100;

function row({ topic, created, partitions, defined }: Outcome): readonly string[] {
  return [
    created ? 'created' : 'exists',
    topic,
    counted(partitions, 'partition'),
    ...(defined === undefined ? [] : [`(its definition says ${defined})`]),
  ];
}

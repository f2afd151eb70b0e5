// `processor topics create`: what the processors need and the cluster does not have.

import { type ConnectionFlags, connectionOf } from './connection.js';
import { discover } from './discover.js';
import { type NeededTopic, neededTopics } from './needed-topics.js';
import { type ProvidedTopic, provideTopics } from './provide-topics.js';
import { counted, table } from './table.js';
import { useKafka } from './use-kafka.js';

export interface CreateFlags extends ConnectionFlags {
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly json?: boolean;
}

export async function createTopics(wanted: readonly string[], flags: CreateFlags): Promise<void> {
  const connection = await connectionOf(flags, process.env, 'topics create');
  const { processors } = await discover(process.cwd(), wanted);
  const needed = neededTopics(
    connection.namespace,
    processors.map(({ processor }) => processor.topology),
  );
  await useKafka(connection, async (kafka) => {
    const provided = await provideTopics(kafka, needed, flags);
    const outcomes = provided.map((one, i): Outcome => ({ ...one, ...leftAlone(one, needed[i], flags) }));
    process.stdout.write(flags.json ? `${JSON.stringify({ topics: outcomes })}\n` : table(outcomes.map(row)));
  });
}

interface Outcome extends ProvidedTopic {
  /** What --partitions asks, which is for new topics: this one was there, with another count, and was left alone. */
  readonly asked?: number;
}

function leftAlone(
  { created, partitions }: ProvidedTopic,
  topic: NeededTopic | undefined,
  { partitions: asked }: CreateFlags,
): Pick<Outcome, 'asked'> {
  const isForIt = topic?.definition !== undefined && topic.definition.partitions === undefined;
  return isForIt && !created && asked !== undefined && asked !== partitions ? { asked } : {};
}

function row({ topic, created, partitions, defined, asked }: Outcome): readonly string[] {
  return [
    created ? 'created' : 'exists',
    topic,
    counted(partitions, 'partition'),
    ...(defined === undefined ? [] : [`(its definition says ${defined})`]),
    ...(asked === undefined ? [] : [`(left alone: --partitions ${asked} is for topics that are not there)`]),
  ];
}

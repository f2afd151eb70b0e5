// `processor topics list`: what there is, and what the processors here do with it.

import { ProcessorError } from '../errors/processor-error.js';
import { type ConnectionFlags, connectionOf } from './connection.js';
import { discover } from './discover.js';
import { type NeededTopic, neededTopics } from './needed-topics.js';
import { counted, table } from './table.js';
import { useKafka } from './use-kafka.js';

export interface ListFlags extends ConnectionFlags {
  readonly json?: boolean;
}

interface Listed {
  readonly topic: string;
  /** Undefined: it does not exist. */
  readonly partitions: number | undefined;
  readonly uses: NeededTopic['uses'];
}

export async function listTopics(flags: ListFlags): Promise<void> {
  const connection = await connectionOf(flags, process.env, 'topics list');
  const needed = await neededHere(connection.namespace);
  const topics = await useKafka(connection, (kafka) => kafka.listTopics());
  const there = topics.map(
    ({ name, partitions }): Listed => ({ topic: name, partitions, uses: needed.get(name)?.uses ?? [] }),
  );
  const missing = [...needed.values()]
    .filter(({ name }) => !topics.some((topic) => topic.name === name))
    .map(({ name, uses }): Listed => ({ topic: name, partitions: undefined, uses }));
  const all = [...there, ...missing].sort((a, b) => (a.topic < b.topic ? -1 : 1));
  if (flags.json)
    process.stdout.write(
      `${JSON.stringify({ topics: all.map((one) => ({ ...one, partitions: one.partitions ?? null })) })}\n`,
    );
  else process.stdout.write(table(all.map(row)));
}

/** A list of topics is worth having without processors, and beside processors that cannot be loaded. */
async function neededHere(namespace: string): Promise<ReadonlyMap<string, NeededTopic>> {
  try {
    const { processors } = await discover(process.cwd(), []);
    const needed = neededTopics(
      namespace,
      processors.map(({ processor }) => processor.topology),
    );
    return new Map(needed.map((topic) => [topic.name, topic]));
  } catch (error) {
    if (!(error instanceof ProcessorError)) throw error;
    if (error.code === 'PRC_MODULES_NONE') return new Map();
    process.stderr.write(`who uses the topics is not known: ${error.code} ${error.message}\n`);
    return new Map();
  }
}

function row({ topic, partitions, uses }: Listed): readonly string[] {
  const users = uses.map(({ processor, as }) => `${processor} (${as})`).join(', ');
  return [topic, partitions === undefined ? 'missing' : counted(partitions, 'partition'), users];
}

// Which Kafka the development environment uses where none is named: the one that already runs in this data folder, else one
// that we start there.

import { resolve } from 'node:path';
import { type EmbeddedKafka, type EmbeddedKafkaOptions, startEmbeddedKafka } from './broker.js';
import { askBroker } from './metadata-request.js';
import { readPidNote } from './pid-file.js';

export interface ResolvedBroker {
  readonly brokers: string;
  /** The broker that we started, and have to stop. Undefined where another process owns it: it ends with that process. */
  readonly owned: EmbeddedKafka | undefined;
}

/**
 * Order of choice: a broker that runs in the data folder and answers → KAFKA_HOME or the cached jars → Maven → an error
 * that names them all.
 * @throws as `startEmbeddedKafka`
 */
export async function resolveBroker(
  options: EmbeddedKafkaOptions & { readonly dataDir: string },
): Promise<ResolvedBroker> {
  const running = await findRunning(options.dataDir);
  if (running !== undefined) {
    options.log?.(`uses the Kafka that already runs on ${running} with its data in ${resolve(options.dataDir)}`);
    return { brokers: running, owned: undefined };
  }
  const owned = await startEmbeddedKafka(options);
  return { brokers: owned.brokers, owned };
}

/** The address of the broker that runs in a data folder, if one does and answers. */
async function findRunning(dataDir: string): Promise<string | undefined> {
  const note = readPidNote(resolve(dataDir));
  if (note === undefined) return undefined;
  return (await askBroker(note.port)) === undefined ? undefined : `127.0.0.1:${note.port}`;
}

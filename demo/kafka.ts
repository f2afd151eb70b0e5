// `npm run kafka`: a Kafka and a schema registry to try processors of one's own on, until Ctrl-C. Their data stays in
// .processor/ between runs. For development only: one broker, no replication, no security.

import { resolve } from 'node:path';
import { resolveBroker } from '../src/embedded/kafka/resolve-broker.js';
import { fileStorage, startEmbeddedRegistry } from '../src/embedded/schema-registry/server.js';
import { say } from './report.js';

const dataDir = resolve('.processor/kafka');
const broker = await resolveBroker({ dataDir, port: 9092, log: say });
const registry = await startEmbeddedRegistry({
  port: 8081,
  storage: fileStorage(resolve('.processor/registry')),
}).catch(async (error: NodeJS.ErrnoException) => {
  await broker.owned?.stop();
  if (error.code !== 'EADDRINUSE') throw error;
  say('✘ port 8081 is taken, by another `npm run kafka` or another registry: end that one, or use it');
  process.exit(1);
});
say(`schema registry is ready on ${registry.url}`);
say('');
say(`export KAFKA_BROKERS=${broker.brokers} SCHEMA_REGISTRY_URL=${registry.url}`);
say('');
say('Ctrl-C ends both; to wipe their data, remove .processor/');

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([registry.stop(), broker.owned?.stop()]).then(() => process.exit(0)));

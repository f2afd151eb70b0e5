// `npm run kafka`: a Kafka and a schema registry to try processors of one's own on, until Ctrl-C. Their data stays in
// .processor/ between runs. For development only: one broker, no replication, no security.

import { resolve } from 'node:path';
import { freePort } from '../src/embedded/kafka/free-port.js';
import { resolveBroker } from '../src/embedded/kafka/resolve-broker.js';
import { fileStorage, startEmbeddedRegistry } from '../src/embedded/schema-registry/server.js';
import { say } from './report.js';

const dataDir = resolve('.processor/kafka');
const broker = await resolveBroker({ dataDir, port: 9092, log: say });
if (broker.owned === undefined) {
  say('✘ another `npm run kafka` runs in this folder: use the variables that it has printed, or end it first');
  process.exit(1);
}
const { owned } = broker;
const storage = fileStorage(resolve('.processor/registry'));
// Where another folder's has the usual port, as for the broker, it is any free one.
const registry = await startEmbeddedRegistry({ port: await freePort(8081), storage }).catch(async (error: unknown) => {
  await owned.stop();
  throw error;
});
say(`schema registry is ready on ${registry.url}`);
say('');
say(`export KAFKA_BROKERS=${broker.brokers} SCHEMA_REGISTRY_URL=${registry.url}`);
say('');
say('Ctrl-C ends both; to wipe their data, remove .processor/');

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([registry.stop(), owned.stop()]).then(() => process.exit(0)));

// A process that owns an embedded broker, for the tests of what becomes of the broker when its owner is killed.
// Argument: the data folder; without it a temporary one.

import { startEmbeddedKafka } from '../../../src/embedded/kafka/broker.js';

const dataDir = process.argv[2];
const kafka = await startEmbeddedKafka(dataDir === undefined ? {} : { dataDir });
process.stdout.write(`${JSON.stringify({ pid: kafka.pid, dataDir: kafka.dataDir, brokers: kafka.brokers })}\n`);
setInterval(() => {}, 60_000);

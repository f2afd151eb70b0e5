// `npm run demo`: loads 69,659 real orders into a Kafka of its own, runs processors/enrich-orders.ts on them, and proves from
// the outputs that each order was processed exactly once.
//

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import enrichOrders, { orders as ordersTopic } from '../processors/enrich-orders.js';
import { startCluster } from './cluster.js';
import { feed } from './feed.js';
import { startInstance } from './instance.js';
import { readOrders } from './orders.js';
import { untilCommitted, watchProgress } from './progress.js';
import { prove } from './proof.js';
import { readOutputs } from './read-outputs.js';
import { number, say, sayFindings, seconds } from './report.js';

const startMs = performance.now();
const ends: (() => Promise<unknown> | void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void cleanUp().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143)));

forgetUsersKafka();
let holds = false;
const logFolder = mkdtempSync(join(tmpdir(), 'processor-demo-'));
try {
  holds = await demo();
} catch (error) {
  say(`✘ ${error instanceof Error ? error.message : String(error)}`);
}
await cleanUp();
if (holds) rmSync(logFolder, { recursive: true });
else say(`the logs of the processes are in ${logFolder}`);
say(holds ? `✔ exactly once, in ${seconds(performance.now() - startMs)}` : '✘ not proved');
process.exitCode = holds ? 0 : 1;

async function demo(): Promise<boolean> {
  const cluster = await startCluster(say);
  ends.push(() => cluster.stop());
  const orders = readOrders();

  let sinceMs = performance.now();
  await feed(cluster.kafka, orders);
  say(
    `${number(orders.length)} orders are in the topic '${ordersTopic.name}' after ${seconds(performance.now() - sinceMs)}`,
  );

  sinceMs = performance.now();
  process.env['SCHEMA_REGISTRY_URL'] = cluster.registryUrl;
  const instance = await startInstance({ name: 'A', brokers: cluster.brokers, logFile: join(logFolder, 'A.log') });
  ends.push(() => instance.kill('SIGKILL'));
  const progress = await watchProgress(cluster.brokers, enrichOrders.name, ordersTopic.name);
  ends.push(() => progress.close());
  const died = instance.ended.then((code) => {
    throw new Error(`the processor ended with exit code ${code}`);
  });
  await Promise.race([untilCommitted(progress, orders.length), died]);
  say(`'${enrichOrders.name}' (pid ${instance.pid}) has processed them after ${seconds(performance.now() - sinceMs)}`);
  died.catch(() => {});
  const code = await instance.kill('SIGTERM');
  if (code !== 0) throw new Error(`the processor was asked to stop and ended with exit code ${code}`);

  sinceMs = performance.now();
  const outputs = await readOutputs(cluster);
  say(`the outputs are read after ${seconds(performance.now() - sinceMs)}`);
  return sayFindings(prove({ orders, ...outputs }));
}

async function cleanUp(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

/** The demo's processes read the same variables as a user's. */
function forgetUsersKafka(): void {
  for (const name of Object.keys(process.env))
    if (/^(KAFKA|SCHEMA_REGISTRY|PROCESSOR)_|^LOG_LEVEL$/.test(name)) delete process.env[name];
}

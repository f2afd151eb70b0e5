// `npm run demo`: loads 69,659 real orders into a Kafka of its own, runs processors/enrich-orders.ts on them, and proves from
// the outputs that each order was processed exactly once.
//
//   npm run demo
//   npm run demo -- --crash              while its processes are being killed
//   npm run demo -- --crash --seed 7     with the random choices of another run

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import enrichOrders, { type Order, orders as ordersTopic } from '../processors/enrich-orders.js';
import { type Cluster, startCluster } from './cluster.js';
import { crash } from './crash.js';
import { feed } from './feed.js';
import { startInstance } from './instance.js';
import { optionsOf, usage } from './options.js';
import { readOrders } from './orders.js';
import { untilCommitted, watchProgress } from './progress.js';
import { prove } from './proof.js';
import { readOutputs } from './read-outputs.js';
import { number, say, sayFindings, seconds } from './report.js';

const startMs = performance.now();
const values = optionsOf(process.argv.slice(2));
if (typeof values === 'string') {
  if (values !== '') process.stderr.write(`${values}\n`);
  process.stdout.write(usage);
  process.exit(values === '' ? 0 : 2);
}
const { isCrash, seed = Math.floor(Math.random() * 1e6) } = values;
const logFolder = mkdtempSync(join(tmpdir(), 'processor-demo-'));

/** What has to end when the demo does, however it does; the last one first. */
const ends: (() => Promise<unknown> | void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted(signal));
forgetUsersKafka();

let isInterrupted = false;
let holds = false;
try {
  holds = await demo();
} catch (error) {
  // What is interrupted ends by errors of its own.
  if (isInterrupted) await new Promise(() => {});
  say(`✘ ${error instanceof Error ? error.message : String(error)}`);
}
await cleanUp();
if (holds) rmSync(logFolder, { recursive: true });
else say(`the logs of the processes are in ${logFolder}`);
say(holds ? `✔ exactly once, proved in ${seconds(performance.now() - startMs)}` : '✘ not proved');
process.exitCode = holds ? 0 : 1;

async function demo(): Promise<boolean> {
  const cluster = await startCluster(say);
  ends.push(() => cluster.stop());
  process.env['SCHEMA_REGISTRY_URL'] = cluster.registryUrl;
  const orders = readOrders();
  if (isCrash) say(`the random choices come from --seed ${seed}`);
  const isRunGood = isCrash
    ? await crash({ cluster, orders, seed, logFolder, onEnd: (end) => ends.push(end) })
    : await runOnce(cluster, orders);
  const sinceMs = performance.now();
  const outputs = await readOutputs(cluster);
  say(`the outputs are read after ${seconds(performance.now() - sinceMs)}`);
  return sayFindings(prove({ orders, ...outputs })) && isRunGood;
}

/** Loads the orders and has one instance of the processor work on them until all are committed. */
async function runOnce({ brokers, kafka }: Cluster, orders: readonly Order[]): Promise<boolean> {
  let sinceMs = performance.now();
  await feed(kafka, orders);
  say(
    `${number(orders.length)} orders are in the topic '${ordersTopic.name}' after ${seconds(performance.now() - sinceMs)}`,
  );
  sinceMs = performance.now();
  const instance = await startInstance({ name: 'A', brokers, logFile: join(logFolder, 'A.log') });
  ends.push(() => instance.end('SIGKILL'));
  say(`'${enrichOrders.name}' is started (pid ${instance.pid})`);
  const progress = await watchProgress(brokers, enrichOrders.name, ordersTopic.name);
  ends.push(() => progress.close());
  const died = instance.ended.then((code): never => {
    throw new Error(`the processor ended with exit code ${code}`);
  });
  died.catch(() => {}); // later, it is meant to end
  await Promise.race([untilCommitted(progress, orders.length), died]);
  say(`'${enrichOrders.name}' has processed them after ${seconds(performance.now() - sinceMs)}`);
  const code = await instance.end('SIGTERM');
  if (code !== 0) throw new Error(`the processor was asked to stop and ended with exit code ${code}`);
  return true;
}

async function cleanUp(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

async function interrupted(signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
  isInterrupted = true;
  say(`\n${signal}: ends everything that was started`);
  await cleanUp();
  rmSync(logFolder, { recursive: true, force: true });
  process.exit(signal === 'SIGINT' ? 130 : 143);
}

/** The demo's processes read the same variables as a user's. */
function forgetUsersKafka(): void {
  for (const name of Object.keys(process.env))
    if (/^(KAFKA|SCHEMA_REGISTRY|PROCESSOR)_|^LOG_LEVEL$/.test(name)) delete process.env[name];
}

// `npm run demo`: loads 69,659 real orders into a Kafka of its own, runs processors/enrich-orders.ts on them, and proves from
// the outputs that each order was processed exactly once.
//
//   npm run demo
//   npm run demo -- --crash              while its processes are being killed
//   npm run demo -- --crash --seed 7     with the random choices of another run
//   npm run demo -- --memory             on the model of Kafka, as where no Kafka can be had

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from './cluster.js';
import { unlessNotToBeHad } from './cluster-if-any.js';
import { notKafka, runInMemory } from './in-memory.js';
import { optionsOf, usage } from './options.js';
import { readOrders } from './orders.js';
import { say, seconds } from './report.js';

const startMs = performance.now();
const values = optionsOf(process.argv.slice(2));
if (typeof values === 'string') {
  if (values !== '') process.stderr.write(`${values}\n`);
  process.stdout.write(usage);
  process.exit(values === '' ? 0 : 2);
}
const { isCrash, inMemory, seed = Math.floor(Math.random() * 1e6) } = values;
const logFolder = mkdtempSync(join(tmpdir(), 'processor-demo-'));

/** What has to end when the demo does, however it does; the last one first. */
const ends: (() => Promise<unknown> | void)[] = [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted(signal));
forgetUsersKafka();

let isInterrupted = false;
/** What the proof is about, where that is not Kafka. */
let place = '';
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
say(holds ? `✔ exactly once, proved in ${seconds(performance.now() - startMs)}${place}` : '✘ not proved');
process.exitCode = holds ? 0 : 1;

async function demo(): Promise<boolean> {
  const cluster = inMemory ? undefined : await clusterIfAny();
  if (isCrash) say(`the random choices come from --seed ${seed}`);
  const options = { orders: readOrders(), crashSeed: isCrash ? seed : undefined };
  if (cluster === undefined) {
    say(notKafka);
    place = ' (on the model of Kafka)';
    return runInMemory(options);
  }
  ends.push(() => cluster.stop());
  const { runOnKafka } = await import('./on-kafka.js');
  return runOnKafka(cluster, { ...options, logFolder, onEnd: (end) => ends.push(end) });
}

/** Undefined where none can be had; a Kafka that was named has to be there. */
async function clusterIfAny(): Promise<Cluster | undefined> {
  const { startCluster } = await import('./cluster.js');
  const start = async (): Promise<Cluster> => startCluster(say);
  if (process.env['TEST_KAFKA_BROKERS']) return start();
  const cluster = await unlessNotToBeHad(start, (why) => {
    if (!isInterrupted) say(why);
  });
  // What is interrupted may have ended as if it lacked something.
  if (isInterrupted) throw new Error('interrupted');
  return cluster;
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

// The demo on a Kafka: loads the orders, has processes of the processor work on them, quietly or while they are being killed, and
// reads what came out.

import { join } from 'node:path';
import enrichOrders, { type Order, orders as ordersTopic } from '../processors/enrich-orders.js';
import type { Cluster } from './cluster.js';
import { crash } from './crash.js';
import { feed } from './feed.js';
import { startInstance } from './instance.js';
import { untilCommitted, watchProgress } from './progress.js';
import { prove } from './proof.js';
import { readOutputs } from './read-outputs.js';
import { number, say, sayFindings, seconds } from './report.js';

export interface OnKafkaOptions {
  readonly orders: readonly Order[];
  /** Undefined: nothing is killed. */
  readonly crashSeed: number | undefined;
  readonly logFolder: string;
  /** Is told what to do when the demo ends in the middle. */
  readonly onEnd: (end: () => Promise<unknown> | void) => void;
}

/** Gives back whether all of it holds. */
export async function runOnKafka(cluster: Cluster, options: OnKafkaOptions): Promise<boolean> {
  process.env['SCHEMA_REGISTRY_URL'] = cluster.registryUrl;
  const { orders, crashSeed, logFolder, onEnd } = options;
  const isRunGood =
    crashSeed === undefined
      ? await runOnce(cluster, options)
      : await crash({ cluster, orders, seed: crashSeed, logFolder, onEnd });
  const sinceMs = performance.now();
  const outputs = await readOutputs(cluster);
  say(`the outputs are read after ${seconds(performance.now() - sinceMs)}`);
  return sayFindings(prove({ orders, ...outputs })) && isRunGood;
}

/** Loads the orders and has one instance of the processor work on them until all are committed. */
async function runOnce({ brokers, kafka }: Cluster, { orders, logFolder, onEnd }: OnKafkaOptions): Promise<boolean> {
  let sinceMs = performance.now();
  await feed(kafka, orders);
  say(
    `${number(orders.length)} orders are in the topic '${ordersTopic.name}' after ${seconds(performance.now() - sinceMs)}`,
  );
  sinceMs = performance.now();
  const instance = await startInstance({ name: 'A', brokers, logFile: join(logFolder, 'A.log') });
  onEnd(() => instance.end('SIGKILL'));
  say(`'${enrichOrders.name}' is started (pid ${instance.pid})`);
  const progress = await watchProgress(brokers, enrichOrders.name, ordersTopic.name);
  onEnd(() => progress.close());
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

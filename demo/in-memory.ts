// The demo where no Kafka can be had: the same processor, the same orders and the same proof on the model of Kafka, in this
// process and in virtual time. It proves the engine, not the brokers; nothing of it is left when it ends.

import enrichOrders, { audit, enriched, type Order, orders as topic } from '../processors/enrich-orders.js';
import { type SeededRandom, seededRandom } from '../src/memory/seeded-random.js';
import { type TestDriver, testDriver } from '../src/testing/index.js';
import { timestampOf } from './orders.js';
import { prove } from './proof.js';
import { number, say, sayFindings, seconds } from './report.js';

export interface InMemoryOptions {
  readonly orders: readonly Order[];
  /** Undefined: nothing is killed. */
  readonly crashSeed: number | undefined;
}

/** Said wherever the model stands in for Kafka. */
export const notKafka = 'in memory: gone when it stops; not Kafka';

/** Gives back whether all of it holds. */
export async function runInMemory({ orders, crashSeed }: InMemoryOptions): Promise<boolean> {
  const sinceMs = performance.now();
  const driver = await testDriver(enrichOrders, { instances: crashSeed === undefined ? ['A'] : ['A', 'B'] });
  if (crashSeed === undefined) {
    send(driver, orders);
    await driver.settle();
  } else await killMeanwhile(driver, orders, seededRandom(crashSeed));
  say(
    `'${enrichOrders.name}' has processed ${number(orders.length)} orders after ${seconds(performance.now() - sinceMs)}`,
  );
  driver.assertNoOpenTransactions();
  const history = {
    orders,
    enriched: driver.topic(enriched).records().map(plain),
    audit: driver.topic(audit).records().map(plain),
    deadLetters: driver.deadLetters().length,
  };
  await driver.close();
  return sayFindings(prove(history));
}

/** The orders come in portions; in the middle of each an instance dies, and is started again when it is over. */
async function killMeanwhile(driver: TestDriver, orders: readonly Order[], random: SeededRandom): Promise<void> {
  const size = Math.ceil(orders.length / (kills + 1));
  for (let kill = 1; kill <= kills; kill++) {
    send(driver, orders.slice((kill - 1) * size, kill * size));
    const victim = random.pick(driver.instances);
    const at = random.pick(moments);
    driver.crash(victim, { at, nth: random.whole(1, 4) });
    await driver.settle();
    if (driver.instances.includes(victim)) {
      say(`kill ${String(kill).padStart(2)}: ${victim} was done before it got to '${at}'`);
      driver.crash(victim);
    } else say(`kill ${String(kill).padStart(2)}: ${victim} at '${at}'; the other one has gone on`);
    await driver.start(victim);
  }
  send(driver, orders.slice(kills * size));
  await driver.settle();
}

function send(driver: TestDriver, orders: readonly Order[]): void {
  const to = driver.topic(topic);
  for (const order of orders) to.send(order.customerId, order, { timestamp: timestampOf(order) });
}

function plain<Value>(record: {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Value;
}) {
  const { partition, offset, key, value } = record;
  return { partition, offset, key, value };
}

const kills = 10;
/** Around and in the middle of a transaction. */
const moments = ['before-begin', 'begun', 'produced', 'offsets-sent', 'commit-sent', 'commit-acked'] as const;

// Three brokers and a controller, of which brokers die.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../src/embedded/kafka/cluster.js';
import { eventually } from '../../support/engine-wait.js';
import { testBrokerProperties, uniqueName } from '../../support/kafka.js';
import { isAlive } from '../../support/process-alive.js';
import { RawKafka } from '../../support/raw.js';

vi.setConfig({ testTimeout: 120_000 });

let cluster: EmbeddedCluster;
let writer: RawKafka;
const topic = uniqueName('kept');
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ properties: testBrokerProperties });
  writer = new RawKafka(cluster.brokers);
  await writer.createTopic(topic, 6);
}, 120_000);
afterAll(() => cluster.stop(), 60_000);

test('three brokers know each other, and what is written is there', async () => {
  expect(await cluster.liveCount()).toBe(3);
  await write('first');
  expect(await count()).toBe(6);
});

test('one is killed hard: the others go on with its data, and it comes back under its address', async () => {
  const [victim] = cluster.nodes;
  if (victim === undefined) throw new Error('no broker');
  const { pid, address } = victim;
  await victim.end('SIGKILL');
  expect(isAlive(pid)).toBe(false);
  expect(victim.isAlive).toBe(false);
  // Each partition has found another leader: all of them take records, and hold those of before.
  await write('meanwhile');
  await eventually('the others have noticed', async () => (await cluster.liveCount()) === 2);
  expect(await count()).toBe(12);
  await victim.start();
  expect(await cluster.liveCount()).toBe(3);
  expect(victim.pid).not.toBe(pid);
  expect(victim.address).toBe(address);
  await write('afterwards');
  expect(await count()).toBe(18);
  expect(cluster.brokenBy()).toBeUndefined();
});

test('one is ended cleanly and started again', async () => {
  const victim = cluster.nodes[1];
  await victim?.end('SIGTERM');
  await victim?.start();
  expect(victim?.isAlive).toBe(true);
  await write('at last');
  expect(await count()).toBe(24);
});

test('when it stops, nothing is left of it', async () => {
  const pids = [cluster.controllerPid, ...cluster.nodes.map(({ pid }) => pid)];
  for (const pid of pids) expect(isAlive(pid)).toBe(true);
  await cluster.stop();
  for (const pid of pids) expect(isAlive(pid)).toBe(false);
  expect(existsSync(cluster.dataDir)).toBe(false);
});

/** One record into each partition. */
function write(value: string): Promise<void> {
  return writer.produce(topic, spread(value));
}

/** By a client that has never met the brokers: one that has would ask those that it knew as leaders. */
async function count(): Promise<number> {
  const reader = new RawKafka(cluster.brokers);
  const values = await reader.values(topic);
  await reader.close();
  return values.length;
}

function spread(value: string): { value: string; partition: number }[] {
  return [0, 1, 2, 3, 4, 5].map((partition) => ({ value, partition }));
}

// Three brokers, of which some go: the coordinators of what is under way, or two at once because their disks are full.

import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../src/embedded/kafka/cluster.js';
import { running } from '../support/engine.js';
import { type Gate, gate, holdCommits } from '../support/engine-faults.js';
import { range } from '../support/engine-story.js';
import { until } from '../support/engine-wait.js';
import { testBrokerProperties } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';

vi.setConfig({ testTimeout: 180_000 });

let cluster: EmbeddedCluster;
let kafka: RawKafka;
beforeAll(async () => {
  cluster = await startEmbeddedCluster({ properties: testBrokerProperties });
  kafka = new RawKafka(cluster.brokers);
}, 120_000);
afterAll(async () => {
  await kafka.close();
  await cluster.stop();
}, 60_000);

test('E8: each broker is restarted while a transaction is under way, so its coordinators move: nothing is lost or doubled', async () => {
  const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
  let underway: Gate | undefined;
  const started = await running(
    { input, outputs: [output] },
    {
      brokers: cluster.brokers,
      between: holdCommits({
        async pass() {
          await underway?.pass();
        },
      }),
    },
  );
  let written = 0;
  const write = async (): Promise<void> => kafka.produce(input, [`${written++}`]);
  for (const node of cluster.nodes) {
    const held = gate();
    underway = held;
    await write();
    // Everything of it has been sent, its offset included: both coordinators know of the transaction.
    await held.reached;
    await node.end('SIGTERM');
    underway = undefined;
    held.open();
    await started.committed(written, 60_000);
    await node.start();
    await write();
    await started.committed(written, 60_000);
  }

  expect((await kafka.values(output)).map(Number)).toEqual(range(0, written));
  expect(await kafka.committed(started.name, input)).toBe(written);
  expect(cluster.brokenBy()).toBeUndefined();
});

const canLimit = process.platform === 'linux' && spawnSync('prlimit', ['--version']).status === 0;

test.runIf(canLimit)(
  'the disks of two brokers are full: the processor waits, says so, and goes on when there is room',
  async () => {
    const [input, output] = [await kafka.topic('in'), await kafka.topic('out')];
    // Random text, so that nothing compresses it much.
    const noise = randomBytes(450_000).toString('base64');
    const values = range(0, 40).map((n) => `${n}`);
    const full = cluster.nodes.slice(0, 2);
    // To a broker a file that cannot grow is a disk that is full. Its index files have 10 MB from the beginning.
    for (const { pid } of full) execFileSync('prlimit', ['--pid', `${pid}`, '--fsize=12000000:']);
    const started = await running(
      { input, outputs: [output], handle: ({ value }, { out }) => out.out(value, noise) },
      { brokers: cluster.brokers, limits: { batchRecordsMax: 5 } },
    );
    await started.owns(1, 60_000);
    await kafka.produce(input, values);
    await until('both have given up', () => full.every(({ isAlive }) => !isAlive), 60_000);
    const complaints = (): number => started.of('call-failed').length + started.of('call-repeated').length;
    const before = complaints();
    await started.until('it says that it waits', () => complaints() > before, 60_000);
    const doneBefore = started.of('batch-committed').length;
    expect(started.of('processor-failed')).toEqual([]);
    for (const node of full) await node.start();
    await started.committed(values.length, 120_000);

    expect(doneBefore).toBeLessThan(values.length / 5);
    expect((await kafka.read(output)).map(({ key }) => key)).toEqual(values);
    expect(await kafka.committed(started.name, input)).toBe(values.length);
    expect(cluster.brokenBy()).toBeUndefined();
  },
);

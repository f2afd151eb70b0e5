// What a connection keeps in order, and what a cut holds up on it.

import { expect, test } from 'vitest';
import type { Connection } from '../../src/memory/connection.js';
import type { Reply } from '../../src/memory/group-coordinator.js';
import { Kernel, Process } from '../../src/memory/kernel.js';
import { Network, type NetworkOptions } from '../../src/memory/network.js';
import { Node } from '../../src/memory/node.js';

interface Line {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly process: Process;
  readonly node: Node;
  readonly connection: Connection;
  /** Until nothing is to come any more. */
  readonly untilDone: () => Promise<void>;
}

function line(options: Partial<NetworkOptions> = {}): Line {
  const kernel = new Kernel({ seed: 1, turn: () => Promise.resolve(), epochMs: 0 });
  const network = new Network(kernel, { latencyMs: () => 1, ...options });
  const [process, node] = [new Process('p'), new Node(1)];
  const untilDone = async (): Promise<void> => {
    while (await kernel.step());
  };
  return { kernel, network, process, node, connection: network.connect(process, node), untilDone };
}

test('a node reads nothing behind a request that waits, until it is answered', async () => {
  const { kernel, connection, untilDone } = line();
  const heard: string[] = [];
  let joining: Reply<string> | undefined;
  void connection.askAndWait<string>('JoinGroup', (reply) => (joining = reply)).then((word) => heard.push(word));
  void connection.ask('OffsetFetch', () => `offset at ${kernel.nowMs}`).then((word) => heard.push(word));
  kernel.schedule(100, () => joining?.resolve('joined'));
  await untilDone();
  expect(heard).toEqual(['joined', 'offset at 100']);
});

test('what waits on one connection holds nothing up on another', async () => {
  const { network, process, node, connection, untilDone } = line();
  const heard: string[] = [];
  void connection.askAndWait<string>('JoinGroup', () => {});
  void network
    .connect(process, node)
    .ask('OffsetFetch', () => 'offset')
    .then((word) => heard.push(word));
  await untilDone();
  expect(heard).toEqual(['offset']);
});

test('answers on one connection come in the order of the requests, however long each is on its way', async () => {
  const latencies = [1, 1, 50, 1];
  const { connection, untilDone } = line({ latencyMs: () => latencies.shift() ?? 1 });
  const heard: string[] = [];
  for (const name of ['first', 'second']) void connection.ask('Metadata', () => name).then((word) => heard.push(word));
  await untilDone();
  expect(heard).toEqual(['first', 'second']);
});

test.each([
  ['a request', 0.5],
  ['an answer', 1.5],
])('a cut holds up %s that is under way', async (_, cutAtMs) => {
  const { kernel, network, process, connection, untilDone } = line();
  const heard: number[] = [];
  void connection.ask('Metadata', () => {}).then(() => heard.push(kernel.nowMs));
  kernel.schedule(cutAtMs, () => network.cut(process, 1, 1000));
  await untilDone();
  expect(heard[0]).toBeGreaterThanOrEqual(1000);
});

test('a request that comes late is held up, too', async () => {
  const { kernel, network, process, connection, untilDone } = line({ faultOf: () => ({ kind: 'late', ms: 10 }) });
  const served: number[] = [];
  const asked = connection.ask('EndTxn', () => served.push(kernel.nowMs)).catch(() => 'lost');
  network.cut(process, 1, 1000);
  await untilDone();
  expect(await asked).toBe('lost');
  expect(served[0]).toBeGreaterThanOrEqual(1000);
});

test('whoever is cut off for longer than a client waits gives its connection up; what it had sent arrives all the same, or never', async () => {
  const served = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    const { kernel, network, process, connection, untilDone } = line({ requestTimeoutMs: 500 });
    for (let i = 0; i < seed; i++) kernel.random.next();
    let times = 0;
    const asked = connection.ask('EndTxn', () => times++).catch(({ name }: Error) => `${name} at ${kernel.nowMs}`);
    kernel.schedule(0.5, () => network.cut(process, 1, 1000));
    await untilDone();
    expect(await asked).toBe('ConnectionLost at 501');
    served.add(times);
  }
  expect([...served].sort()).toEqual([0, 1]);
});

test('what stands behind a request that waits goes with its connection', async () => {
  const { kernel, connection, untilDone } = line();
  let joining: Reply<string> | undefined;
  let leaves = 0;
  void connection.askAndWait<string>('JoinGroup', (reply) => (joining = reply));
  void connection.ask('LeaveGroup', () => leaves++);
  kernel.schedule(50, () => connection.close());
  kernel.schedule(100, () => joining?.resolve('joined'));
  await untilDone();
  expect(leaves).toBe(0);
});

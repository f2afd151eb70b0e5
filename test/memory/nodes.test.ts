// Several brokers: what leads and coordinates moves between them, they restart, and the network cuts them off. Whoever is a client
// of them looks for the new place and goes on.

import { expect, onTestFinished, test } from 'vitest';
import type { ClusterOptions } from '../../src/memory/cluster.js';
import { Process } from '../../src/memory/kernel.js';
import type { Node } from '../../src/memory/node.js';
import type { Coordinated } from '../../src/memory/places.js';
import { Member, Owner, valuesOf } from '../../src/testing/contracts/actors.js';
import { eventually } from '../../src/testing/contracts/waits.js';
import { type ModelWorld, modelWorld } from '../contracts/model-world.js';

function brokers(options: Partial<ClusterOptions> = {}): ModelWorld {
  const world = modelWorld(1, { nodes: 3, loadMs: () => 100, ...options });
  onTestFinished(() => world.close());
  return world;
}

/** Some other node. */
function otherThan(node: number): number {
  return (node % 3) + 1;
}

async function settled(world: ModelWorld): Promise<void> {
  await eventually(world.clock, 'nothing is open', async () => world.cluster.transactions.open.length === 0);
}

test('partitions, groups and transactional ids are spread over the nodes', async () => {
  const { cluster } = brokers();
  cluster.createTopic('t', 3);
  const leaders = [0, 1, 2].map(
    (partition) => cluster.nodeOf({ kind: 'leader', partition: { topic: 't', partition } }).id,
  );
  expect(new Set(leaders).size).toBe(3);
  const coordinators = Array.from({ length: 30 }, (_, i) => cluster.nodeOf({ kind: 'group', groupId: `g${i}` }).id);
  expect(new Set(coordinators).size).toBe(3);
});

test('a leader moves amid a transaction: its producer and its readers find the new one', async () => {
  const world = brokers();
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const partition = { topic, partition: 0 };
  const owner = await Owner.open(kafka, 'owner');
  const reader = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 1 });
  reader.readFrom(0);
  await owner.write(topic, ['a']);
  expect(await reader.values(1)).toEqual(['a']);
  for (const value of ['b', 'c', 'd']) {
    await owner.begin(topic, [value]);
    const { id } = world.cluster.nodeOf({ kind: 'leader', partition });
    world.cluster.moveLeader(partition, otherThan(id));
    await owner.commit();
    expect(await reader.values(1)).toEqual([value]);
  }
  expect(owner.producer.isTainted).toBe(false);
});

test('a coordinator of transactions moves amid one: the commit waits until the new one has loaded', async () => {
  const world = brokers();
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const owner = await Owner.open(kafka, 'owner');
  const place: Coordinated = { kind: 'transactions', transactionalId: 'owner' };
  await owner.begin(topic, ['a']);
  const sinceMs = world.kernel.nowMs;
  world.cluster.moveCoordinator(place, otherThan(world.cluster.nodeOf(place).id), 500);
  await owner.commit();
  expect(world.kernel.nowMs - sinceMs).toBeGreaterThanOrEqual(500);
  await settled(world);
  expect(world.cluster.log({ topic, partition: 0 })).toMatchObject({ stable: 2, high: 2 });
});

test('a coordinator that takes over while markers are on their way writes all of them, some for the second time', async () => {
  let markerMs = 10;
  const world = brokers({ markerMs: () => (markerMs += 40) });
  const kafka = await world.client();
  const topic = await world.createTopic(2);
  const owner = await Owner.open(kafka, 'owner');
  await owner.write(topic, ['a', { value: 'b', partition: 1 }]);
  const [first, second] = [0, 1].map((partition) => world.cluster.log({ topic, partition }));
  await eventually(world.clock, 'one marker is there', async () => first?.high === 2);
  expect(second?.isOpen).toBe(true);
  const place: Coordinated = { kind: 'transactions', transactionalId: 'owner' };
  world.cluster.moveCoordinator(place, otherThan(world.cluster.nodeOf(place).id));
  await settled(world);
  expect([first?.high, second?.high]).toEqual([3, 2]);
  expect(first?.read({ offset: 0, recordsMax: 10, isCommitted: true }).records.length).toBe(1);
  await owner.write(topic, ['c']);
});

test('a stable group stays what it is when its coordinator moves', async () => {
  const world = brokers();
  const kafka = await world.client();
  const topic = await world.createTopic(2);
  const owner = await Owner.open(kafka, 'owner');
  const member = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 2 });
  const place: Coordinated = { kind: 'group', groupId: 'g' };
  world.cluster.moveCoordinator(place, otherThan(world.cluster.nodeOf(place).id), 2000);
  await owner.begin(topic, ['a']);
  await owner.sendOffsets(member.consumer, [{ topic, partition: 0, offset: 1, metadata: '' }]);
  await owner.commit();
  expect((await member.consumer.committed({ topic, partition: 0 }, 5000))?.offset).toBe(1);
  await member.valuesWithin(15_000);
  expect(member.events.map(({ kind }) => kind)).toEqual(['assigned']);
});

test('whoever waits in a group whose coordinator moves comes again, and is shared with', async () => {
  const world = brokers();
  const kafka = await world.client();
  const topic = await world.createTopic(2);
  const one = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 2 });
  const other = await Member.open(world, await world.client(), 'g', [topic]);
  // It asks to join, which waits for the first one; that one does not poll.
  await other.poll(1, 400);
  const place: Coordinated = { kind: 'group', groupId: 'g' };
  world.cluster.moveCoordinator(place, otherThan(world.cluster.nodeOf(place).id));
  const turns = { areOver: false };
  const polls = (async () => {
    while (!turns.areOver) await one.poll();
  })();
  await other.pollUntil('both have one', () => one.owned.size === 1 && other.owned.size === 1);
  turns.areOver = true;
  await polls;
});

test('a node that restarts takes what waits in it along; others take its place, and nothing is lost', async () => {
  const world = brokers();
  const kafka = await world.client();
  const topic = await world.createTopic(3);
  const owner = await Owner.open(kafka, 'owner');
  const reader = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 3 });
  reader.readFrom(0);
  for (const node of [1, 2, 3]) {
    world.cluster.restart(node, 1000);
    await owner.write(
      topic,
      [0, 1, 2].map((partition) => ({ value: `${node}/${partition}`, partition })),
    );
    expect(new Set(await reader.values(3))).toEqual(new Set([`${node}/0`, `${node}/1`, `${node}/2`]));
    await reader.valuesWithin(1000);
  }
  await settled(world);
});

test('the only node restarts: all that was asked is asked again when it is back', async () => {
  const world = brokers({ nodes: 1 });
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const owner = await Owner.open(kafka, 'owner');
  const reader = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 1 });
  reader.readFrom(0);
  await owner.begin(topic, ['a']);
  const sinceMs = world.kernel.nowMs;
  world.cluster.restart(1, 3000);
  await owner.commit();
  expect(world.kernel.nowMs - sinceMs).toBeGreaterThanOrEqual(3000);
  expect(owner.producer.isTainted).toBe(true);
  expect(await reader.values(1)).toEqual(['a']);
});

test('E7: a producer is tainted when a node goes with which it had a connection, whether it waited for something or not', async () => {
  const world = brokers();
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const owner = await Owner.open(kafka, 'owner');
  await owner.write(topic, ['a']);
  await settled(world);
  expect(owner.producer.isTainted).toBe(false);
  world.cluster.restart(world.cluster.nodeOf({ kind: 'leader', partition: { topic, partition: 0 } }).id, 100);
  await eventually(world.clock, 'it is tainted', async () => owner.producer.isTainted);
});

test('nothing of what was on its way to a node comes to it after its restart', async () => {
  const world = brokers({ nodes: 1 });
  const process = new Process('p');
  const connection = world.network.connect(process, world.cluster.nodeOf({ kind: 'anywhere' }));
  let served = 0;
  const asked = connection.ask('Metadata', () => served++);
  world.cluster.restart(1, 0);
  await expect(asked).rejects.toThrow('the connection was reset');
  await world.kernel.wait(100);
  expect(served).toBe(0);
  expect(connection.isReset).toBe(true);
});

test('a process that is cut off from one node hears nothing of it until the cut is over; the others do', async () => {
  const world = brokers();
  const process = new Process('cut off');
  const topic = await world.createTopic(1);
  const partition = { topic, partition: 0 };
  const owner = await Owner.open(world.clientOf(process), 'owner');
  const other = await Owner.open(await world.client(), 'other');
  await owner.write(topic, ['a']);
  await settled(world);
  const sinceMs = world.kernel.nowMs;
  world.network.cut(process, world.cluster.nodeOf({ kind: 'leader', partition }).id, 4000);
  const writing = owner.write(topic, ['late']);
  await other.write(topic, ['b']);
  expect(world.kernel.nowMs - sinceMs).toBeLessThan(1000);
  await writing;
  expect(world.kernel.nowMs - sinceMs).toBeGreaterThanOrEqual(4000);
  // No connection was lost: TCP has kept what was sent.
  expect(owner.producer.isTainted).toBe(false);
  const { records } = world.cluster.log(partition).read({ offset: 0, recordsMax: 10, isCommitted: false });
  expect(records.map(({ value }) => new TextDecoder().decode(value ?? undefined))).toEqual(['a', 'b', 'late']);
});

test('records for several leaders go out at once: one that does not answer holds nobody else back', async () => {
  const world = brokers();
  const process = new Process('cut off');
  const topic = await world.createTopic(2);
  const [first, second] = [0, 1].map((partition) => world.cluster.log({ topic, partition }));
  const owner = await Owner.open(world.clientOf(process), 'owner');
  const coordinator = world.cluster.nodeOf({ kind: 'transactions', transactionalId: 'owner' });
  const leader = world.cluster.nodes.find((node) => node !== coordinator)?.id ?? 0;
  world.cluster.moveLeader({ topic, partition: 0 }, leader);
  world.cluster.moveLeader({ topic, partition: 1 }, coordinator.id);
  world.network.cut(process, leader, 4000);
  const writing = owner.write(topic, ['a', { value: 'b', partition: 1 }]);
  await eventually(world.clock, 'one is there', async () => second?.high === 1);
  expect(first?.high).toBe(0);
  await writing;
  expect(first?.high).toBe(1);
});

test('a producer that is closed sends nothing any more, and leaves no connection behind', async () => {
  const world = brokers({ nodes: 1 });
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const owner = await Owner.open(kafka, 'owner');
  await owner.write(topic, ['a']);
  await settled(world);
  world.cluster.restart(1, 1000);
  await owner.begin(topic, ['never']);
  await owner.producer.close();
  await world.kernel.wait(5000);
  expect(world.cluster.log({ topic, partition: 0 }).high).toBe(2);
  expect(world.cluster.nodes[0]?.connections.size).toBe(0);
});

test('requests on one connection arrive in their order, on two they do not', async () => {
  const world = brokers();
  const process = new Process('p');
  const [first, second] = world.cluster.nodes as readonly [Node, Node];
  const slow = { isOn: false };
  Object.assign(world.network.options, { latencyMs: () => (slow.isOn ? 50 : 1) });
  const heard: string[] = [];
  const [one, other] = [world.network.connect(process, first), world.network.connect(process, second)];
  slow.isOn = true;
  const asked = [one.ask('Metadata', () => heard.push('first on one'))];
  slow.isOn = false;
  asked.push(one.ask('Metadata', () => heard.push('second on one')));
  asked.push(other.ask('Metadata', () => heard.push('other')));
  await Promise.all(asked);
  expect(heard).toEqual(['other', 'first on one', 'second on one']);
});

test('the same seed goes the same way, whatever moves', async () => {
  const stories = await Promise.all([1, 2].map(() => story()));
  expect(stories[0]).toEqual(stories[1]);
  expect(stories[0]?.length).toBeGreaterThan(10);
});

async function story(): Promise<string[]> {
  const world = brokers();
  const told: string[] = [];
  const kafka = await world.client();
  const topic = await world.createTopic(2);
  const owner = await Owner.open(kafka, 'owner');
  const reader = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 2 });
  reader.readFrom(0);
  for (let i = 0; i < 6; i++) {
    world.cluster.restart((i % 3) + 1, 200, 50);
    world.cluster.moveCoordinator({ kind: 'transactions', transactionalId: 'owner' }, otherThan(i));
    await owner.write(topic, [`${i}`, { value: `${i}`, partition: 1 }]);
    for (const batch of await reader.take(2))
      told.push(`${world.kernel.nowMs} ${batch.partition} ${valuesOf([batch]).join()}`);
  }
  return told;
}

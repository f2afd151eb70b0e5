// What the client of the model does with its group's words, where the real one does it in its own time only.

import { expect, test } from 'vitest';
import type { ClusterOptions } from '../../src/memory/cluster.js';
import type { MemoryConsumer } from '../../src/memory/consumer.js';
import { Process } from '../../src/memory/kernel.js';
import type { MemberSettings } from '../../src/memory/member.js';
import { failureOf, Member } from '../../src/testing/contracts/actors.js';
import { type ModelWorld, modelWorld } from '../contracts/model-world.js';

async function inWorld(
  run: (world: ModelWorld) => Promise<void>,
  options: Partial<ClusterOptions> = {},
): Promise<void> {
  const world = modelWorld(1, options);
  try {
    await run(world);
  } finally {
    world.close();
  }
}

/** A member of a group, with both partitions, read from their beginnings. */
async function reading(
  world: ModelWorld,
  settings: Partial<MemberSettings> = {},
): Promise<{ member: Member; process: Process; topic: string; groupId: string }> {
  const topic = await world.createTopic(2);
  const groupId = world.unique('group');
  const process = new Process(world.unique('member'));
  const kafka = world.clientOf(process, settings);
  const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 2 });
  member.readFrom(0);
  return { member, process, topic, groupId };
}

function passed(world: ModelWorld, ms: number): Promise<void> {
  return new Promise((resolve) => void world.clock.timer(ms, resolve));
}

test('an eager loss that nobody has heard of yet comes as a revocation once something is rewound', () =>
  inWorld(async (world) => {
    const { member, topic } = await reading(world, { assignmentStrategy: 'range', pollMsMax: 600 });
    await passed(world, 1000);
    member.consumer.rewind({ topic, partition: 0, offset: 0 });
    await member.pollUntil('it is a member again', () => member.events.length === 3);
    expect(member.events.map(({ kind }) => kind)).toEqual(['assigned', 'revoked', 'assigned']);
  }));

test.each(['classic', 'consumer'] as const)(
  'by the %s protocol, who was paused longer than its session hears of its loss when it goes on',
  (groupProtocol) =>
    inWorld(async (world) => {
      const { member, process, topic, groupId } = await reading(world, { groupProtocol, sessionMs: 3000 });
      const settings = { groupProtocol };
      world.kernel.pause(process);
      const other = await Member.join(world, await world.client(settings), { groupId, topics: [topic], partitions: 2 });
      world.kernel.resume(process);
      await member.pollUntil('it has lost them', () => member.owned.size === 0);
      expect(member.events.map(({ kind }) => kind)).toEqual(['assigned', 'lost']);
      expect(other.owned.size).toBe(2);
    }),
);

test('a member that hears nothing of its group for a session’s time takes itself for lost', () =>
  inWorld(async (world) => {
    const { member, process } = await reading(world, { sessionMs: 2000 });
    world.network.cut(process, 1, 20_000);
    const startedMs = world.kernel.nowMs;
    await member.pollUntil('it has lost them', () => member.owned.size === 0);
    expect(member.events.at(-1)?.kind).toBe('lost');
    expect(world.kernel.nowMs - startedMs).toBeLessThan(3000);
  }));

test('E2: whoever is cut off from its group is told in time that there is no answer about an offset', () =>
  inWorld(async (world) => {
    const { member, process, topic } = await reading(world);
    world.network.cut(process, 1, 20_000);
    const startedMs = world.kernel.nowMs;
    const { code, retriable } = await failureOf(member.consumer.committed({ topic, partition: 0 }, 1000));
    expect({ code, retriable }).toEqual({ code: '_TIMED_OUT', retriable: true });
    expect(world.kernel.nowMs - startedMs).toBe(1000);
  }));

test('E2: whoever was paused for longer than it wanted to wait is told so, also where the broker has gone meanwhile', () =>
  inWorld(async (world) => {
    const { member, process, topic } = await reading(world);
    const failure = failureOf(member.consumer.committed({ topic, partition: 0 }, 1000));
    world.kernel.pause(process);
    world.cluster.restart(1, 100);
    await passed(world, 2000);
    world.kernel.resume(process);
    const { code, retriable } = await failure;
    expect({ code, retriable }).toEqual({ code: '_TIMED_OUT', retriable: true });
  }));

test('a client that is cut off is told in time that nobody answers about topics and their ends', () =>
  inWorld(async (world) => {
    const topic = await world.createTopic(1);
    const process = new Process('cut off');
    const kafka = world.clientOf(process);
    world.network.cut(process, 1, 20_000);
    const startedMs = world.kernel.nowMs;
    for (const ask of [
      () => kafka.describeTopics([topic], 1500),
      () => kafka.offsetRanges([{ topic, partition: 0 }], 1500),
    ])
      expect(await failureOf(ask())).toMatchObject({ code: '_TIMED_OUT', retriable: true });
    expect(world.kernel.nowMs - startedMs).toBeLessThan(6000);
  }));

test('whoever is closed leaves no connection behind', () =>
  inWorld(async (world) => {
    const { member, topic } = await reading(world);
    const [node] = world.cluster.nodes;
    const kafka = await world.client();
    await kafka.describeTopics([topic]);
    expect(node?.connections.size).toBeGreaterThan(0);
    await member.consumer.close();
    await kafka.close();
    expect(node?.connections.size).toBe(0);
  }));

test.each([
  ['classic', {}, 1000],
  ['consumer', { groupTimes: { sessionMs: 45_000, heartbeatMs: 5000, assignmentMs: 100 } }, 10_000],
] as const)(
  'E9: by the %s protocol a group has two heartbeats’ time to say that a member is out',
  (groupProtocol, options, ms) =>
    inWorld(async (world) => {
      const { member, groupId } = await reading(world, { groupProtocol, heartbeatMs: 500 });
      const { memberId, generation, instanceId } = (member.consumer as MemoryConsumer).membership;
      // By somebody else, a tool for instance.
      if (groupProtocol === 'classic') world.cluster.group(groupId).leave(memberId);
      else world.cluster.group(groupId).consumerLeave({ memberId, generation, instanceId });
      const sinceMs = world.kernel.nowMs;
      await member.consumer.hearGroup();
      expect(world.kernel.nowMs - sinceMs).toBeGreaterThanOrEqual(ms);
      await member.poll();
      expect(member.events.map(({ kind }) => kind)).toEqual(['assigned', 'lost']);
    }, options),
);

// How members of a group share partitions.

import assert from 'node:assert/strict';
import type { Kafka } from '../../ports/kafka.js';
import { Member, Owner, together } from './actors.js';
import type { ContractCase, ContractWorld } from './world.js';

async function stage(
  world: ContractWorld,
): Promise<{ kafka: Kafka; topic: string; groupId: string; open: () => Promise<Member> }> {
  const kafka = await world.client();
  const topic = await world.createTopic(4);
  const groupId = world.unique('group');
  return { kafka, topic, groupId, open: async () => Member.open(world, await world.client(), groupId, [topic]) };
}

const sizes = (members: readonly Member[]): number[] => members.map(({ owned }) => owned.size).sort((a, b) => a - b);

export const groupCases: readonly ContractCase[] = [
  {
    name: 'one member has all partitions',
    async run(world) {
      const { kafka, topic, groupId } = await stage(world);
      const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 4 });
      assert.deepEqual(
        [...member.owned.keys()].sort(),
        [0, 1, 2, 3].map((one) => `${topic}/${one}`),
      );
    },
  },
  {
    name: 'two members have half of them each, and none has what the other one has',
    async run(world) {
      const { open } = await stage(world);
      const [a, b] = [await open(), await open()];
      await together([a, b], 'each has two', () => a.owned.size === 2 && b.owned.size === 2);
      assert.equal(new Set([...a.owned.keys(), ...b.owned.keys()]).size, 4);
    },
  },
  {
    name: 'a member that comes later is given some, and what the first one keeps it keeps without a break',
    async run(world) {
      const { open } = await stage(world);
      const a = await open();
      await a.pollUntil('it has all four', () => a.owned.size === 4);
      const b = await open();
      await together([a, b], 'each has two', () => sizes([a, b]).join() === '2,2');
      const taken = a.events.filter(({ kind }) => kind === 'revoked').flatMap(({ partitions }) => partitions);
      assert.equal(taken.length, 2);
    },
  },
  {
    name: 'E5: nobody is given a partition whose owner has not answered yet',
    async run(world) {
      const { open } = await stage(world);
      const a = await open();
      await a.pollUntil('it has all four', () => a.owned.size === 4);
      a.holdsOn = true;
      const b = await open();
      await together([a, b], 'it is asked to give some up', () => a.isAsked);
      const untilMs = world.clock.monotonicMs() + 500;
      while (world.clock.monotonicMs() < untilMs) await Promise.all([a.poll(), b.poll()]);
      assert.equal(b.owned.size, 0);
      a.holdsOn = false;
      a.letGo();
      await together([a, b], 'each has two', () => sizes([a, b]).join() === '2,2');
    },
  },
  {
    name: 'E5: a member that is asked delivers nothing until it has answered',
    async run(world) {
      const { kafka, topic, open } = await stage(world);
      const owner = await Owner.open(kafka, world.unique('owner'));
      const a = await open();
      await a.pollUntil('it has all four', () => a.owned.size === 4);
      a.readFrom(0);
      a.holdsOn = true;
      const b = await open();
      await together([a, b], 'it is asked to give some up', () => a.isAsked);
      await owner.write(
        topic,
        [0, 1, 2, 3].map((partition) => ({ value: 'a', partition })),
      );
      assert.deepEqual(await a.valuesWithin(300), []);
      a.holdsOn = false;
      a.letGo();
      assert.ok((await a.values(1)).length > 0);
    },
  },
  {
    name: 'what a member had that leaves is given to the others',
    async run(world) {
      const { open } = await stage(world);
      const [a, b] = [await open(), await open()];
      await together([a, b], 'each has two', () => sizes([a, b]).join() === '2,2');
      await b.consumer.close();
      await a.pollUntil('it has all four', () => a.owned.size === 4);
    },
  },
  {
    name: 'three members share four partitions as evenly as can be',
    async run(world) {
      const { open } = await stage(world);
      const members = [await open(), await open(), await open()];
      await together(members, 'each has its share', () => sizes(members).join() === '1,1,2');
    },
  },
  {
    name: 'a member of two topics has the partitions of both',
    async run(world) {
      const { kafka, topic } = await stage(world);
      const other = await world.createTopic(2);
      const groupId = world.unique('group');
      const member = await Member.join(world, kafka, { groupId, topics: [topic, other], partitions: 6 });
      assert.equal([...member.owned.values()].filter((one) => one.topic === other).length, 2);
    },
  },
  {
    name: 'groups do not touch each other',
    async run(world) {
      const { kafka, topic } = await stage(world);
      const a = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 4 });
      const b = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 4 });
      await Promise.all([a.poll(), b.poll()]);
      assert.deepEqual(sizes([a, b]), [4, 4]);
    },
  },
  {
    name: 'a consumer can be closed twice, and before it has ever polled',
    async run(world) {
      const { open } = await stage(world);
      const { consumer } = await open();
      await consumer.close();
      await consumer.close();
    },
  },
];

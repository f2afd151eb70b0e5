// How members of a group share partitions where the group is not a classic cooperative one (groups.ts): eager, and KIP-848.

import assert from 'node:assert/strict';
import { callMs, Member, Owner, together } from './actors.js';
import { has, kip848, type Protocol, range, setGroupStage, sharesOf } from './groups-stage.js';
import type { ContractCase } from './world.js';

const sharingOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}: one member has all partitions`,
    async run(world) {
      const { topic, open } = await setGroupStage(world, protocol, 4);
      const member = await open();
      await has(member, 4);
      assert.deepEqual(
        [...member.owned.keys()].sort(),
        [0, 1, 2, 3].map((one) => `${topic}/${one}`),
      );
    },
  },
  {
    name: `${protocol.name}: two members have half of them each, and when one leaves the other has all`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 4);
      const [a, b] = [await open(), await open()];
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
      assert.equal(new Set([...a.owned.keys(), ...b.owned.keys()]).size, 4);
      await b.consumer.close();
      await has(a, 4);
    },
  },
  {
    name: `${protocol.name}: three members share four partitions as evenly as can be`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 4);
      const members = [await open(), await open(), await open()];
      await together(members, 'each has its share', () => sharesOf(members) === '1,1,2');
    },
  },
  {
    name: `${protocol.name}, E5: nobody is given a partition whose owner has not answered yet, and then it is`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 4);
      const a = await open();
      await has(a, 4);
      a.holdsOn = true;
      const b = await open();
      await together([a, b], 'it is asked to give some up', () => a.isAsked);
      const untilMs = world.clock.monotonicMs() + 300;
      while (world.clock.monotonicMs() < untilMs) await Promise.all([a.poll(), b.poll()]);
      assert.equal(b.owned.size, 0);
      a.holdsOn = false;
      a.letGo();
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
    },
  },
  {
    name: `${protocol.name}, E5: a member that is asked delivers nothing until it has answered`,
    async run(world) {
      const { topic, open } = await setGroupStage(world, protocol, 4);
      const owner = await Owner.open(await world.client(), world.unique('owner'));
      const a = await open();
      await has(a, 4);
      a.readFrom(0);
      a.holdsOn = true;
      const b = await open();
      await together([a, b], 'it is asked to give some up', () => a.isAsked);
      await owner.write(
        topic,
        [0, 1, 2, 3].map((partition) => ({ value: 'a', partition })),
      );
      assert.deepEqual(await a.valuesWithin(200), []);
      a.holdsOn = false;
      a.letGo();
      if (protocol.isEager) {
        await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
        a.readFrom(0);
      }
      assert.ok((await a.values(1)).length > 0);
    },
  },
  {
    name: `${protocol.name}: a member of two topics has the partitions of both`,
    async run(world) {
      const { topic, groupId } = await setGroupStage(world, protocol, 2);
      const other = await world.createTopic(2);
      const kafka = await world.client(protocol.client);
      const member = await Member.join(world, kafka, { groupId, topics: [topic, other], partitions: 4 });
      assert.equal([...member.owned.values()].filter((one) => one.topic === other).length, 2);
    },
  },
  {
    name: `${protocol.name}, E4: offsets are sent under the membership of now, also when the group was shared anew`,
    async run(world) {
      const { topic, open } = await setGroupStage(world, protocol, 2);
      const a = await open();
      await has(a, 2);
      const owner = await Owner.open(await world.client(), world.unique('owner'));
      await owner.begin(topic, ['a']);
      const b = await open();
      await together([a, b], 'each has one', () => sharesOf([a, b]) === '1,1');
      const [mine] = [...a.owned.values()];
      assert.ok(mine);
      await owner.sendOffsets(a.consumer, [{ ...mine, offset: 1, metadata: '' }]);
      await owner.commit();
      assert.equal((await b.consumer.committed(mine, callMs))?.offset, 1);
    },
  },
];

export const groupSharingCases: readonly ContractCase[] = [
  ...sharingOf(range),
  ...sharingOf(kip848),
  {
    name: 'range: whoever stays lets go of everything first, and is given its share anew',
    async run(world) {
      const { open } = await setGroupStage(world, range, 4);
      const a = await open();
      await has(a, 4);
      const b = await open();
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
      const [given, taken, anew] = a.events.map(({ kind, partitions }) => `${kind} ${partitions.length}`);
      assert.deepEqual([given, taken, anew], ['assigned 4', 'revoked 4', 'assigned 2']);
    },
  },
  {
    name: 'range: equal numbers of two topics are the same member’s',
    async run(world) {
      const { topic, groupId } = await setGroupStage(world, range, 2);
      const other = await world.createTopic(2);
      const topics = [topic, other];
      const open = async (): Promise<Member> => Member.open(world, await world.client(range.client), groupId, topics);
      const [a, b] = [await open(), await open()];
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
      for (const { owned } of [a, b]) assert.equal(new Set([...owned.values()].map((one) => one.partition)).size, 1);
    },
  },
  {
    name: 'KIP-848: what a member keeps it keeps without a break',
    async run(world) {
      const { open } = await setGroupStage(world, kip848, 4);
      const a = await open();
      await has(a, 4);
      const b = await open();
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
      const taken = a.events.filter(({ kind }) => kind === 'revoked').flatMap(({ partitions }) => partitions);
      assert.equal(taken.length, 2);
    },
  },
  {
    name: 'KIP-848, E4: a member’s epoch goes up without an event, and its offsets count all the same',
    async run(world) {
      const { open } = await setGroupStage(world, kip848, 1);
      const a = await open();
      await has(a, 1);
      const [mine] = [...a.owned.values()];
      assert.ok(mine);
      const heard = a.events.length;
      const owner = await Owner.open(await world.client(), world.unique('owner'));
      // Each that comes and goes is another epoch of the group.
      for (let offset = 1; offset <= 3; offset++) {
        const b = await open();
        for (let i = 0; i < 6; i++) await Promise.all([a.poll(), b.poll()]);
        await owner.producer.begin();
        await owner.sendOffsets(a.consumer, [{ ...mine, offset, metadata: '' }]);
        await owner.commit();
        await b.consumer.close();
      }
      assert.equal(a.events.length, heard);
      assert.equal((await a.consumer.committed(mine, callMs))?.offset, 3);
    },
  },
];

// What a member may not do between two polls: answer its group with the wrong word, or keep what is taken. Where that was taken, the
// group would wait for ever. And what it may read is told once.

import assert from 'node:assert/strict';
import { type Member, Owner, together } from './actors.js';
import { type GroupStage, has, type Protocol, protocols, setGroupStage, sharesOf } from './groups-stage.js';
import type { ContractCase, ContractWorld } from './world.js';

/** A member that reads both partitions, and has not answered yet that it has to give some up; and the one that they are for. */
async function setAskedStage(world: ContractWorld, protocol: Protocol): Promise<{ asked: Member; other: Member }> {
  const { open } = await setGroupStage(world, protocol, 2);
  const asked = await open();
  await has(asked, 2);
  asked.readFrom(0);
  asked.holdsOn = true;
  const other = await open();
  await together([asked, other], 'it is asked to give some up', () => asked.isAsked);
  return { asked, other };
}

async function answers(asked: Member, other: Member): Promise<void> {
  asked.holdsOn = false;
  asked.letGo();
  await together([asked, other], 'each has one', () => sharesOf([asked, other]) === '1,1');
}

/** A member that has a partition with two records in it, and reads nothing yet. */
async function setReadStage(
  world: ContractWorld,
  protocol: Protocol,
): Promise<GroupStage & { member: Member; owner: Owner }> {
  const stage = await setGroupStage(world, protocol, 1);
  const member = await stage.open();
  await has(member, 1);
  const owner = await Owner.open(await world.client(), world.unique('owner'));
  await owner.write(stage.topic, ['a', 'b']);
  return { ...stage, member, owner };
}

const answeringOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}: what is taken cannot be accepted; answered rightly, the group goes on`,
    async run(world) {
      const { asked, other } = await setAskedStage(world, protocol);
      assert.throws(() => asked.consumer.accept());
      await answers(asked, other);
    },
  },
  {
    name: `${protocol.name}: what is taken cannot be kept; answered rightly, the group goes on`,
    async run(world) {
      const { asked, other } = await setAskedStage(world, protocol);
      assert.throws(() => asked.consumer.unassign([]));
      await answers(asked, other);
    },
  },
  {
    name: `${protocol.name}: what is given cannot be given back in its place`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 1);
      const member = await open();
      member.holdsOn = true;
      while (!member.isAsked) await member.poll();
      assert.throws(() => member.consumer.unassign([]));
      member.holdsOn = false;
      member.letGo();
      assert.equal(member.owned.size, 1);
    },
  },
];

const readOnceOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}, E3: what is read already is not assigned again: it goes on from where it stands`,
    async run(world) {
      const { topic, member, owner } = await setReadStage(world, protocol);
      member.readFrom(0);
      assert.deepEqual(await member.values(2), ['a', 'b']);
      assert.throws(() => member.consumer.assign([{ topic, partition: 0, offset: 0 }]));
      await owner.write(topic, ['c']);
      assert.deepEqual(await member.values(1), ['c']);
    },
  },
  {
    name: `${protocol.name}, E3: what is not read is not rewound`,
    async run(world) {
      const { topic, member } = await setReadStage(world, protocol);
      assert.throws(() => member.consumer.rewind({ topic, partition: 0, offset: 0 }));
      assert.deepEqual(await member.valuesWithin(100), []);
      member.readFrom(1);
      assert.deepEqual(await member.values(1), ['b']);
    },
  },
];

export const answeringCases: readonly ContractCase[] = [
  ...protocols.flatMap(answeringOf),
  ...protocols.filter(({ isEager }) => !isEager).flatMap(readOnceOf),
  // An eager group's client takes whole assignments only, and each begins as it says.
  ...protocols
    .filter(({ isEager }) => isEager)
    .map(
      (protocol): ContractCase => ({
        name: `${protocol.name}, E3: what is assigned again or rewound is read from where that says`,
        async run(world) {
          const { topic, member } = await setReadStage(world, protocol);
          member.consumer.rewind({ topic, partition: 0, offset: 1 });
          assert.deepEqual(await member.values(1), ['b']);
          member.consumer.assign([{ topic, partition: 0, offset: 0 }]);
          assert.deepEqual(await member.values(2), ['a', 'b']);
        },
      }),
    ),
];

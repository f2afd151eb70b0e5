// What changes around a group: a member's process dies, a topic grows, somebody comes who shares partitions in another way.

import assert from 'node:assert/strict';
import { failureOf, Member, together } from './actors.js';
import { cooperative, has, type Protocol, protocols, range, setGroupStage, sharesOf } from './groups-stage.js';
import type { ClientOptions, ContractCase } from './world.js';

const changesOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}: what a member had whose process has died is given to the others when its session is over`,
    async run(world) {
      const { topic, groupId, open } = await setGroupStage(world, protocol, 4, { sessionMs: 600 });
      const client: ClientOptions = { ...protocol.client, sessionMs: 600 };
      const mortal = await world.mortal({ groupId, topics: [topic], client });
      const member = await open();
      await member.pollUntil('they share', () => member.owned.size === 2 && mortal.owned() === 2);
      mortal.kill();
      await has(member, 4);
    },
  },
  {
    name: `${protocol.name}: partitions that a topic is given later are shared, too`,
    async run(world) {
      const { topic, open } = await setGroupStage(world, protocol, 2, { metadataMs: 200 });
      const [a, b] = [await open(), await open()];
      await together([a, b], 'each has one', () => sharesOf([a, b]) === '1,1');
      await world.growTopic(topic, 4);
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
      assert.equal(new Set([...a.owned.keys(), ...b.owned.keys()]).size, 4);
    },
  },
];

const strangerTo = (protocol: Protocol, other: Protocol): ContractCase => ({
  name: `${protocol.name}: a group has no member that shares by ${other.name}, and stays as it is`,
  async run(world) {
    const { topic, groupId, open } = await setGroupStage(world, protocol, 2);
    const member = await open();
    await has(member, 2);
    const stranger = await Member.open(world, await world.client(other.client), groupId, [topic]);
    const failure = await failureOf(stranger.pollUntil('it is refused', () => false));
    assert.equal(failure.code, 'INCONSISTENT_GROUP_PROTOCOL');
    for (let i = 0; i < 3; i++) await member.poll();
    assert.equal(member.events.length, 1);
  },
});

export const groupChangeCases: readonly ContractCase[] = [
  ...protocols.flatMap(changesOf),
  strangerTo(cooperative, range),
  strangerTo(range, cooperative),
];

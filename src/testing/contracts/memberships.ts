// Whose offsets a group takes in a transaction (E4): what it checks, and what it does not.

import assert from 'node:assert/strict';
import { callMs, failureOf, Member, Owner, together } from './actors.js';
import { setStage } from './stage.js';
import type { ContractCase } from './world.js';

export const membershipCases: readonly ContractCase[] = [
  {
    name: 'E4: offsets of a member that was put out of its group are refused, which says nothing about the producer (E7)',
    async run(world) {
      const topic = await world.createTopic(1);
      const first = { topic, partition: 0 };
      const groupId = world.unique('group');
      const kafka = await world.client({ pollMsMax: 1000 });
      const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 1 });
      const owner = await Owner.open(kafka, world.unique('owner'));
      await owner.begin(topic, ['lost']);
      // Nobody polls for it. What it had is given to somebody else when it is out.
      const other = await Member.join(world, await world.client(), { groupId, topics: [topic], partitions: 1 });
      const failure = await failureOf(owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: '' }]));
      assert.ok(failure.abortable && !failure.fatal && !failure.fenced, failure.message);
      // Nothing is wrong with the producer.
      assert.equal(owner.producer.isTainted, false);
      await owner.abort();
      assert.equal(await other.consumer.committed(first, callMs), undefined);
    },
  },
  {
    name: 'E5: a member that was put out hears that it has lost what it had, and comes back',
    async run(world) {
      const topic = await world.createTopic(1);
      const first = { topic, partition: 0 };
      const groupId = world.unique('group');
      const kafka = await world.client({ pollMsMax: 1000 });
      const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 1 });
      const other = await Member.join(world, await world.client(), { groupId, topics: [topic], partitions: 1 });
      await together([member, other], 'it has lost its partition', () => member.events.some((e) => e.kind === 'lost'));
      await other.consumer.close();
      await member.pollUntil('it has its partition again', () => member.owned.size === 1);
      const owner = await Owner.open(kafka, world.unique('owner'));
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: '' }]);
      await owner.commit();
      assert.equal((await member.consumer.committed(first, callMs))?.offset, 7);
    },
  },
  {
    name: 'E4: a closed consumer sends no offsets',
    async run(world) {
      const { kafka, owner, topic, first, groupId, reader } = await setStage(world);
      await owner.begin(topic, ['lost']);
      await reader.consumer.close();
      const failure = await failureOf(owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]));
      assert.equal(failure.code, '_DESTROY');
      await owner.abort();
      const other = await Member.open(world, kafka, groupId, [topic]);
      assert.equal(await other.consumer.committed(first, callMs), undefined);
    },
  },
  {
    name: 'offsets are checked when they are sent: what the group does until the commit does not matter',
    async run(world) {
      const { owner, topic, first, groupId, reader } = await setStage(world);
      await owner.begin(topic, ['a']);
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]);
      await reader.consumer.close();
      const other = await Member.join(world, await world.client(), { groupId, topics: [topic], partitions: 1 });
      await owner.commit();
      assert.equal((await other.consumer.committed(first, callMs))?.offset, 7);
    },
  },
  {
    name: 'a group takes a member’s offsets of any partition: whose it is, its owner has to know',
    async run(world) {
      const { owner, topic, groupId, reader } = await setStage(world, 2);
      const other = await Member.open(world, await world.client(), groupId, [topic]);
      await together([reader, other], 'each has one', () => reader.owned.size === 1 && other.owned.size === 1);
      const [foreign] = [...other.owned.values()];
      assert.ok(foreign);
      await owner.producer.begin();
      await owner.sendOffsets(reader.consumer, [{ ...foreign, offset: 7, metadata: '' }]);
      await owner.commit();
      assert.equal((await other.consumer.committed(foreign, callMs))?.offset, 7);
    },
  },
  {
    name: 'E4: offsets can be sent while a poll is under way',
    async run(world) {
      const { owner, topic, first, reader } = await setStage(world);
      await owner.begin(topic, ['a']);
      const polling = reader.consumer.poll(10, 500);
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]);
      await owner.commit();
      await polling;
      assert.equal((await reader.consumer.committed(first, callMs))?.offset, 7);
    },
  },
];

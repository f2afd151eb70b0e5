// The offsets of a group: inside transactions and outside of them.

import assert from 'node:assert/strict';
import type { TopicPartition } from '../../core/ids.js';
import type { Kafka } from '../../ports/kafka.js';
import { failureOf, Member, Owner, together } from './actors.js';
import type { ContractCase, ContractWorld } from './world.js';

interface Stage {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  readonly owner: Owner;
  readonly member: Member;
  readonly first: TopicPartition;
  readonly second: TopicPartition;
}

async function stage(world: ContractWorld): Promise<Stage> {
  const kafka = await world.client();
  const topic = await world.createTopic(2);
  const groupId = world.unique('group');
  const owner = await Owner.open(kafka, world.unique('owner'));
  const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 2 });
  return {
    kafka,
    topic,
    groupId,
    owner,
    member,
    first: { topic, partition: 0 },
    second: { topic, partition: 1 },
  };
}

export const offsetCases: readonly ContractCase[] = [
  {
    name: 'E2: a group without an offset has none, which is no error',
    async run(world) {
      const { member, first } = await stage(world);
      assert.equal(await member.consumer.committed(first, 5000), undefined);
    },
  },
  {
    name: 'an offset that a transaction has committed is the group’s, with what stands beside it',
    async run(world) {
      const { owner, member, first } = await stage(world);
      await owner.begin(first.topic, ['a']);
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: 'of whom' }]);
      await owner.commit();
      assert.deepEqual(await member.consumer.committed(first, 5000), { offset: 7, metadata: 'of whom' });
    },
  },
  {
    name: 'an offset alone makes a transaction',
    async run(world) {
      const { owner, member, first, second } = await stage(world);
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: '' }]);
      await owner.commit();
      assert.equal((await member.consumer.committed(first, 5000))?.offset, 7);
      assert.equal(await member.consumer.committed(second, 5000), undefined);
    },
  },
  {
    name: 'an offset of a transaction that is aborted is forgotten',
    async run(world) {
      const { owner, member, first } = await stage(world);
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 3, metadata: '' }]);
      await owner.commit();
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: '' }]);
      await owner.abort();
      assert.equal((await member.consumer.committed(first, 5000))?.offset, 3);
    },
  },
  {
    name: 'E2: while a transaction has an offset in hand there is no answer, and afterwards the new one',
    async run(world) {
      const { owner, member, first } = await stage(world);
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: '' }]);
      const failure = await failureOf(member.consumer.committed(first, 400));
      assert.ok(failure.retriable, failure.message);
      await owner.commit();
      assert.equal((await member.consumer.committed(first, 5000))?.offset, 7);
    },
  },
  {
    name: 'E2: who has asked while it was in hand gets the new one, if he waits',
    async run(world) {
      const { owner, member, first } = await stage(world);
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [{ ...first, offset: 7, metadata: '' }]);
      const asked = member.consumer.committed(first, 5000);
      await owner.commit();
      assert.equal((await asked)?.offset, 7);
    },
  },
  {
    name: 'offsets of several partitions are committed together',
    async run(world) {
      const { owner, member, first, second } = await stage(world);
      await owner.producer.begin();
      await owner.sendOffsets(member.consumer, [
        { ...first, offset: 7, metadata: '' },
        { ...second, offset: 9, metadata: '' },
      ]);
      await owner.commit();
      assert.equal((await member.consumer.committed(first, 5000))?.offset, 7);
      assert.equal((await member.consumer.committed(second, 5000))?.offset, 9);
    },
  },
  {
    name: 'the last commit counts, also where it is lower',
    async run(world) {
      const { owner, member, first } = await stage(world);
      for (const offset of [5, 9, 2]) {
        await owner.producer.begin();
        await owner.sendOffsets(member.consumer, [{ ...first, offset, metadata: '' }]);
        await owner.commit();
      }
      assert.equal((await member.consumer.committed(first, 5000))?.offset, 2);
    },
  },
  {
    name: 'E2: a successor’s init settles the offsets of its predecessor before it returns',
    async run(world) {
      const { kafka, topic, groupId } = await stage(world);
      const partition = { topic, partition: 0 };
      const id = world.unique('owner');
      const old = await Owner.open(kafka, id);
      const other = await Member.join(world, kafka, { groupId: `${groupId}-2`, topics: [topic], partitions: 2 });
      await old.producer.begin();
      await old.sendOffsets(other.consumer, [{ ...partition, offset: 7, metadata: '' }]);
      await Owner.open(await world.client(), id);
      assert.equal(await other.consumer.committed(partition, 1000), undefined);
    },
  },
  {
    name: 'outside transactions a commit is the group’s when it is acknowledged',
    async run(world) {
      const { member, first } = await stage(world);
      const committing = member.consumer.commit({ ...first, offset: 7, metadata: 'of whom' });
      let isDone = false;
      void committing.then(() => (isDone = true));
      await member.pollUntil('it is acknowledged', () => isDone);
      assert.deepEqual(await member.consumer.committed(first, 5000), { offset: 7, metadata: 'of whom' });
    },
  },
  {
    name: 'E4: offsets are sent under the membership of now, also when the group has been shared anew meanwhile',
    async run(world) {
      const { topic, groupId, owner, member, first } = await stage(world);
      await owner.begin(topic, ['a']);
      const other = await Member.open(world, await world.client(), groupId, [topic]);
      await together([member, other], 'each has one', () => member.owned.size === 1 && other.owned.size === 1);
      const kept = [...member.owned.values()][0] ?? first;
      await owner.sendOffsets(member.consumer, [{ ...kept, offset: 1, metadata: '' }]);
      await owner.commit();
      assert.equal((await member.consumer.committed(kept, 5000))?.offset, 1);
    },
  },
];

// What a group answers when it is asked for its offset (E2), and which of several counts.

import assert from 'node:assert/strict';
import type { TopicPartition } from '../../core/ids.js';
import { callMs, failureOf, Member, Owner } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase } from './world.js';

/** A transaction with this offset in it, left open. */
async function hold(
  owner: Owner,
  { consumer }: Member,
  partition: TopicPartition,
  offset: number,
  metadata = '',
): Promise<void> {
  await owner.producer.begin();
  await owner.sendOffsets(consumer, [{ ...partition, offset, metadata }]);
}

async function settle(owner: Owner, { reader }: Stage, partition: TopicPartition, offset: number): Promise<void> {
  await hold(owner, reader, partition, offset);
  await owner.commit();
}

async function committedOffset({ reader }: Stage, partition: TopicPartition): Promise<number | undefined> {
  return (await reader.consumer.committed(partition, callMs))?.offset;
}

export const offsetFetchCases: readonly ContractCase[] = [
  {
    name: 'E2: what a transaction has in hand of one partition holds up no answer about another one',
    async run(world) {
      const stage = await setStage(world, 2);
      await settle(stage.owner, stage, stage.second, 3);
      await hold(stage.owner, stage.reader, stage.first, 7);
      assert.equal(await committedOffset(stage, stage.second), 3);
      await stage.owner.abort();
    },
  },
  {
    name: 'E2: what a transaction has in hand of one group holds up no answer of another one',
    async run(world) {
      const stage = await setStage(world);
      const other = await Member.open(world, stage.kafka, world.unique('group'), [stage.topic]);
      await hold(stage.owner, stage.reader, stage.first, 7);
      assert.equal(await other.consumer.committed(stage.first, callMs), undefined);
      await stage.owner.abort();
    },
  },
  {
    name: 'E2: whoever asks while an offset is in hand gets the old one if that is aborted',
    async run(world) {
      const stage = await setStage(world);
      await hold(stage.owner, stage.reader, stage.first, 3, 'old');
      await stage.owner.commit();
      await hold(stage.owner, stage.reader, stage.first, 7, 'new');
      const asked = stage.reader.consumer.committed(stage.first, callMs);
      await stage.owner.abort();
      assert.deepEqual(await asked, { offset: 3, metadata: 'old' });
    },
  },
  {
    name: 'E2: where two transactions have an offset of the partition in hand, the answer waits for both',
    async run(world) {
      const stage = await setStage(world);
      const other = await Owner.open(stage.kafka, world.unique('other'));
      await hold(stage.owner, stage.reader, stage.first, 1);
      await hold(other, stage.reader, stage.first, 2);
      await stage.owner.commit();
      const failure = await failureOf(stage.reader.consumer.committed(stage.first, 300));
      assert.ok(failure.retriable, failure.message);
      await other.commit();
      assert.equal(await committedOffset(stage, stage.first), 2);
    },
  },
  {
    name: 'of two transactions with an offset of one partition, the one counts that has sent it last, not that commits last',
    async run(world) {
      const stage = await setStage(world);
      const other = await Owner.open(stage.kafka, world.unique('other'));
      await hold(stage.owner, stage.reader, stage.first, 3);
      await hold(other, stage.reader, stage.first, 4);
      await other.commit();
      await stage.owner.commit();
      assert.equal(await committedOffset(stage, stage.first), 4);
    },
  },
  {
    name: 'a commit outside transactions counts before an offset that was sent earlier and is committed later',
    async run(world) {
      const stage = await setStage(world);
      await hold(stage.owner, stage.reader, stage.first, 9);
      await stage.reader.commit({ ...stage.first, offset: 6, metadata: '' });
      await stage.owner.commit();
      assert.equal(await committedOffset(stage, stage.first), 6);
    },
  },
  {
    name: 'of offsets of one partition that a transaction sends one after another, the last counts',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, first } = stage;
      await hold(owner, reader, first, 11);
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 10, metadata: '' }]);
      await owner.commit();
      assert.equal(await committedOffset(stage, first), 10);
    },
  },
  {
    name: 'one transaction can hold the offsets of two groups: both have them, or none',
    async run(world) {
      const stage = await setStage(world);
      const { kafka, owner, reader, first, topic } = stage;
      const other = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 1 });
      for (const [offset, wanted] of [
        [5, undefined],
        [6, 6],
      ] as const) {
        await hold(owner, reader, first, offset);
        await owner.sendOffsets(other.consumer, [{ ...first, offset, metadata: '' }]);
        await (wanted === undefined ? owner.abort() : owner.commit());
        assert.equal(await committedOffset(stage, first), wanted);
        assert.equal((await other.consumer.committed(first, callMs))?.offset, wanted);
      }
    },
  },
  {
    name: 'E2: offset 0 is an offset, and not none',
    async run(world) {
      const stage = await setStage(world);
      await settle(stage.owner, stage, stage.first, 0);
      assert.deepEqual(await stage.reader.consumer.committed(stage.first, callMs), { offset: 0, metadata: '' });
    },
  },
  {
    name: 'E16: what stands beside an offset comes back as it was, for each partition its own',
    async run(world) {
      const { owner, reader, first, second } = await setStage(world, 2);
      await owner.producer.begin();
      const beside = ['{"of":"ä€𝄞"}', ''];
      await owner.sendOffsets(
        reader.consumer,
        [first, second].map((partition, i) => ({ ...partition, offset: 1, metadata: beside[i] ?? '' })),
      );
      await owner.commit();
      for (const [i, partition] of [first, second].entries())
        assert.equal((await reader.consumer.committed(partition, callMs))?.metadata, beside[i]);
    },
  },
  {
    name: 'what is too long to stand beside an offset makes the transaction one to be aborted, and the old offset stays',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, first } = stage;
      await settle(owner, stage, first, 3);
      const failure = await failureOf(hold(owner, reader, first, 7, 'x'.repeat(5000)));
      assert.equal(failure.code, 'OFFSET_METADATA_TOO_LARGE');
      assert.ok(failure.abortable && !failure.fatal, failure.message);
      await owner.abort();
      assert.equal(await committedOffset(stage, first), 3);
    },
  },
  {
    name: 'an offset is the group’s: also a consumer that has never polled is told it',
    async run(world) {
      const stage = await setStage(world);
      await settle(stage.owner, stage, stage.first, 7);
      const { consumer } = await Member.open(world, await world.client(), stage.groupId, [stage.topic]);
      assert.equal((await consumer.committed(stage.first, callMs))?.offset, 7);
    },
  },
  {
    name: 'of a partition that is not there a group has no offset, which is no error',
    async run(world) {
      const stage = await setStage(world);
      assert.equal(await committedOffset(stage, { topic: stage.topic, partition: 7 }), undefined);
    },
  },
  {
    name: 'an answer about offsets comes while a poll is under way, too',
    async run(world) {
      const stage = await setStage(world);
      await settle(stage.owner, stage, stage.first, 7);
      const polling = stage.reader.consumer.poll(10, 500);
      assert.equal(await committedOffset(stage, stage.first), 7);
      await polling;
    },
  },
];

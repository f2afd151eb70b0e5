// Transactions: what a reader of committed records sees of them, and when.

import assert from 'node:assert/strict';
import type { Kafka } from '../../ports/kafka.js';
import { hasReached, Member, Owner, outputs, valuesOf } from './actors.js';
import type { ContractCase, ContractWorld } from './world.js';

async function stage(
  world: ContractWorld,
  partitions = 1,
): Promise<{ kafka: Kafka; topic: string; owner: Owner; reader: Member }> {
  const kafka = await world.client();
  const topic = await world.createTopic(partitions);
  const owner = await Owner.open(kafka, world.unique('owner'));
  const reader = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions });
  reader.readFrom(0);
  return { kafka, topic, owner, reader };
}

export const transactionCases: readonly ContractCase[] = [
  {
    name: 'what is committed is read, in the order in which it was sent',
    async run(world) {
      const { topic, owner, reader } = await stage(world);
      await owner.write(topic, ['a', 'b', 'c']);
      await owner.write(topic, ['d']);
      assert.deepEqual(await reader.values(4), ['a', 'b', 'c', 'd']);
    },
  },
  {
    name: 'what is aborted is never read',
    async run(world) {
      const { topic, owner, reader } = await stage(world);
      await owner.begin(topic, ['a']);
      await owner.abort();
      await owner.write(topic, ['b']);
      assert.deepEqual(await reader.values(1), ['b']);
    },
  },
  {
    name: 'what is in an open transaction is not read before its commit',
    async run(world) {
      const { topic, owner, reader } = await stage(world);
      await owner.begin(topic, ['a']);
      assert.deepEqual(await reader.valuesWithin(300), []);
      await owner.commit();
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'an open transaction holds back what others have committed behind it',
    async run(world) {
      const { kafka, topic, owner, reader } = await stage(world);
      const other = await Owner.open(kafka, world.unique('other'));
      await owner.begin(topic, ['a']);
      // It must be there before the other one's.
      await hasReached(world, kafka, topic, 1);
      await other.write(topic, ['b']);
      assert.deepEqual(await reader.valuesWithin(300), []);
      await owner.commit();
      assert.deepEqual(await reader.values(2), ['a', 'b']);
    },
  },
  {
    name: 'of two producers in one partition one aborts: only the other one is read',
    async run(world) {
      const { kafka, topic, owner, reader } = await stage(world);
      const other = await Owner.open(kafka, world.unique('other'));
      for (let round = 0; round < 3; round++) {
        await owner.begin(topic, [`lost ${round}`]);
        await other.begin(topic, [`kept ${round}`]);
        await other.commit();
        await owner.abort();
      }
      assert.deepEqual(await reader.values(3), ['kept 0', 'kept 1', 'kept 2']);
    },
  },
  {
    name: 'a transaction is committed in all partitions or in none',
    async run(world) {
      const { topic, owner, reader } = await stage(world, 3);
      await owner.begin(
        topic,
        [0, 1, 2].map((partition) => ({ value: `lost ${partition}`, partition })),
      );
      await owner.abort();
      await owner.write(
        topic,
        [0, 1, 2].map((partition) => ({ value: `kept ${partition}`, partition })),
      );
      assert.deepEqual(new Set(await reader.values(3)), new Set(['kept 0', 'kept 1', 'kept 2']));
    },
  },
  {
    name: 'a transaction in which nothing was sent can be committed and aborted',
    async run(world) {
      const { topic, owner, reader } = await stage(world);
      await owner.producer.begin();
      await owner.commit();
      await owner.producer.begin();
      await owner.abort();
      await owner.write(topic, ['a']);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'several sends are one transaction',
    async run(world) {
      const { topic, owner, reader } = await stage(world);
      await owner.begin(topic, ['a']);
      await owner.producer.send(outputs(topic, ['b']));
      await owner.producer.send(outputs(topic, ['c']));
      await owner.commit();
      assert.deepEqual(await reader.values(3), ['a', 'b', 'c']);
    },
  },
  {
    name: 'after an abort right behind the first send nothing of it stays, and the next transaction is whole',
    async run(world) {
      const { topic, owner, reader } = await stage(world);
      for (let round = 0; round < 5; round++) {
        await owner.begin(topic, [`lost ${round}`]);
        await owner.abort();
      }
      await owner.write(topic, ['kept']);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E12: the position behind a batch is behind the markers and the aborted records that follow it',
    async run(world) {
      const { kafka, topic, owner, reader } = await stage(world);
      await owner.write(topic, ['a']);
      await owner.begin(topic, ['lost']);
      await owner.abort();
      await owner.write(topic, ['b']);
      const batches = await reader.take(2);
      assert.deepEqual(valuesOf(batches), ['a', 'b']);
      const [range] = await kafka.offsetRanges([{ topic, partition: 0 }]);
      // The last marker may be behind the position where the reader has not met it yet.
      const end = batches.at(-1)?.endPosition ?? 0;
      assert.ok(end === range?.stable || end === (range?.stable ?? 0) - 1, `${end} of ${range?.stable}`);
    },
  },
  {
    name: 'a transaction that nobody ends is aborted when its time is over',
    async run(world) {
      const { topic, reader } = await stage(world);
      const kafka = await world.client({ transactionTimeoutMs: 1000 });
      const owner = await Owner.open(kafka, world.unique('owner'));
      const other = await Owner.open(kafka, world.unique('other'));
      await owner.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      await other.write(topic, ['kept']);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
];

// From where a partition is read, and whether it is (E3): assign, rewind, pause, resume, unassign.

import assert from 'node:assert/strict';
import { Member, together, valuesOf } from './actors.js';
import { digits, fill, type Stage, setStage } from './stage.js';
import type { ContractCase, ContractWorld } from './world.js';

/** Ten records in each partition, `0` to `9`; the reader has them, and reads nothing yet. */
async function filled(world: ContractWorld, partitions = 1): Promise<Stage> {
  const stage = await setStage(world, partitions);
  await fill(stage, partitions);
  return stage;
}

export const positionCases: readonly ContractCase[] = [
  {
    name: 'each partition is read from an offset of its own',
    async run(world) {
      const { reader, first, second } = await filled(world, 2);
      reader.consumer.assign([
        { ...first, offset: 8 },
        { ...second, offset: 5 },
      ]);
      const batches = await reader.take(7);
      for (const [partition, wanted] of [
        [0, digits.slice(8)],
        [1, digits.slice(5)],
      ] as const)
        assert.deepEqual(valuesOf(batches.filter((batch) => batch.partition === partition)), wanted);
    },
  },
  {
    name: 'what is not assigned is not read beside what is',
    async run(world) {
      const { reader, first, second } = await filled(world, 2);
      reader.consumer.assign([{ ...first, offset: 0 }]);
      assert.deepEqual(await reader.values(10), digits);
      assert.deepEqual(await reader.valuesWithin(200), []);
      reader.consumer.assign([{ ...second, offset: 0 }]);
      const batches = await reader.take(10);
      assert.ok(batches.every(({ partition }) => partition === 1));
    },
  },
  {
    name: 'E3: a rewind amid what a poll has given out reads on from there',
    async run(world) {
      const { reader, first } = await filled(world);
      reader.readFrom(0);
      assert.deepEqual(valuesOf(await reader.take(1)).slice(0, 1), ['0']);
      reader.consumer.rewind({ ...first, offset: 3 });
      assert.deepEqual(await reader.values(7), digits.slice(3));
    },
  },
  {
    name: 'E3: a rewind goes forward, too, and drops what was fetched ahead',
    async run(world) {
      const { reader, first } = await filled(world);
      reader.readFrom(0);
      assert.deepEqual(valuesOf(await reader.poll(1, 2000)), ['0']);
      reader.consumer.rewind({ ...first, offset: 8 });
      assert.deepEqual(await reader.values(2), ['8', '9']);
    },
  },
  {
    name: 'E3: a rewind of one partition leaves the others where they stand',
    async run(world) {
      const { reader, first, second } = await filled(world, 2);
      reader.readFrom(0);
      await reader.take(20);
      const position = reader.consumer.position(second);
      reader.consumer.rewind({ ...first, offset: 0 });
      assert.equal(reader.consumer.position(second), position);
      const batches = await reader.take(10);
      assert.ok(batches.every(({ partition }) => partition === 0));
      assert.deepEqual(valuesOf(batches), digits);
    },
  },
  {
    name: 'E3: after a rewind the position is unknown until a record has come',
    async run(world) {
      const { reader, first } = await filled(world);
      reader.readFrom(0);
      await reader.take(10);
      reader.consumer.rewind({ ...first, offset: 9 });
      assert.equal(reader.consumer.position(first), undefined);
      await reader.take(1);
      assert.ok((reader.consumer.position(first) ?? 0) >= 10);
    },
  },
  {
    name: 'a rewind to the end waits for what comes',
    async run(world) {
      const { reader, owner, topic, first } = await filled(world);
      reader.readFrom(0);
      const end = (await reader.take(10)).at(-1)?.endPosition ?? 0;
      reader.consumer.rewind({ ...first, offset: end });
      assert.deepEqual(await reader.valuesWithin(100), []);
      await owner.write(topic, ['a']);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'an abort moves no position: what it took out of the topic is read again by whoever rewinds',
    async run(world) {
      const { reader, owner, topic, first } = await filled(world);
      reader.readFrom(0);
      const before = await reader.take(10);
      const position = reader.consumer.position(first);
      await owner.begin(topic, ['lost']);
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 10, metadata: '' }]);
      await owner.abort();
      assert.equal(reader.consumer.position(first), position);
      reader.consumer.rewind({ ...first, offset: 0 });
      assert.deepEqual(await reader.values(10), valuesOf(before));
    },
  },
  {
    name: 'what is paused drops what was fetched ahead, and loses none of it: resumed, it goes on with the next record',
    async run(world) {
      const { reader, first } = await filled(world);
      reader.readFrom(0);
      assert.deepEqual(valuesOf(await reader.poll(3, 2000)).slice(0, 1), ['0']);
      const position = reader.consumer.position(first) ?? 0;
      reader.consumer.pause([first]);
      assert.deepEqual(await reader.valuesWithin(200), []);
      reader.consumer.resume([first]);
      assert.deepEqual(await reader.values(10 - position), digits.slice(position));
    },
  },
  {
    name: 'a pause of one partition leaves the others flowing',
    async run(world) {
      const { reader, first } = await filled(world, 2);
      reader.readFrom(0);
      reader.consumer.pause([first]);
      const batches = await reader.take(10);
      assert.ok(batches.every(({ partition }) => partition === 1));
      reader.consumer.resume([first]);
      assert.deepEqual(await reader.values(10), digits);
    },
  },
  {
    name: 'pauses do not add up: one resume is enough, and one of what is not paused does no harm',
    async run(world) {
      const { reader, first } = await filled(world);
      reader.readFrom(0);
      reader.consumer.resume([first]);
      reader.consumer.pause([first]);
      reader.consumer.pause([first]);
      reader.consumer.resume([first]);
      assert.deepEqual(await reader.values(10), digits);
    },
  },
  {
    name: 'a rewind ends a pause',
    async run(world) {
      const { reader, first } = await filled(world);
      reader.readFrom(0);
      await reader.take(10);
      reader.consumer.pause([first]);
      reader.consumer.rewind({ ...first, offset: 5 });
      assert.deepEqual(await reader.values(5), digits.slice(5));
    },
  },
  {
    name: 'a partition that was paused when it was taken is read when it is given and assigned again, from where assign says',
    async run(world) {
      const { reader, topic, groupId, first } = await filled(world, 2);
      reader.readFrom(0);
      await reader.take(20);
      reader.consumer.pause([...reader.owned.values()]);
      const other = await Member.open(world, await world.client(), groupId, [topic]);
      await together([reader, other], 'each has one', () => reader.owned.size === 1 && other.owned.size === 1);
      const kept = new Set(reader.owned.keys());
      await other.consumer.close();
      await reader.pollUntil('it has both again', () => reader.owned.size === 2);
      const back = [...reader.owned].filter(([key]) => !kept.has(key)).map(([, partition]) => partition);
      assert.equal(back.length, 1);
      reader.consumer.assign(back.map((partition) => ({ ...partition, offset: 7 })));
      const batches = await reader.take(3);
      assert.ok(batches.every(({ partition }) => partition === back[0]?.partition));
      assert.deepEqual(valuesOf(batches), digits.slice(7));
      assert.ok(first.topic === topic);
    },
  },
  {
    name: 'E3: what was taken delivers nothing of what was fetched ahead',
    async run(world) {
      const { reader, topic, groupId } = await filled(world, 2);
      const other = await Member.open(world, await world.client(), groupId, [topic]);
      reader.readFrom(0);
      // One record at a time: the rest is fetched ahead when the partition is taken.
      await reader.poll(1, 2000);
      await together([reader, other], 'each has one', () => reader.owned.size === 1 && other.owned.size === 1);
      const [kept] = [...reader.owned.values()];
      for (let polls = 0; polls < 5; polls++)
        for (const { partition } of await reader.poll(100, 20)) assert.equal(partition, kept?.partition);
    },
  },
];

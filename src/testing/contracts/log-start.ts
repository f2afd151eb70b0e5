// Where a log begins: what is left of a partition when its first records are deleted, as retention and operators do it.

import assert from 'node:assert/strict';
import type { OffsetRange } from '../../ports/kafka.js';
import { eventually, failureOf, hasReached, Member, Owner, outputs } from './actors.js';
import { digits, type Stage, setStage } from './stage.js';
import type { ChangingWorld, ContractCase } from './world.js';

/** Ten records, `0` to `9`, in one transaction, and its marker: offset 10. */
async function stageOfTen(world: ChangingWorld): Promise<Stage> {
  const stage = await setStage(world);
  await stage.owner.write(stage.topic, digits);
  await hasReached(world, stage.kafka, stage.topic, 11);
  return stage;
}

async function rangeOf({ kafka, first }: Stage): Promise<OffsetRange | undefined> {
  const [range] = await kafka.offsetRanges([first]);
  return range;
}

export const logStartCases: readonly ContractCase[] = [
  {
    name: 'deleted records move the beginning, and neither of the ends',
    async run(world) {
      const stage = await stageOfTen(world);
      await world.deleteRecords(stage.first, 4);
      assert.deepEqual(await rangeOf(stage), { low: 4, stable: 11 });
      assert.deepEqual(await stage.kafka.highWatermarks([stage.first]), [11]);
    },
  },
  {
    name: 'whoever reads from the new beginning gets what is left, in the middle of a batch, too',
    async run(world) {
      const { reader, first } = await stageOfTen(world);
      await world.deleteRecords(first, 7);
      reader.readFrom(7);
      const batches = await reader.take(3);
      assert.deepEqual(
        batches.flatMap(({ columns }) => [...columns.offset]),
        [7, 8, 9],
      );
    },
  },
  {
    name: 'E20: whoever reads below the beginning gets nothing, and no poll fails',
    async run(world) {
      const { reader, first } = await stageOfTen(world);
      await world.deleteRecords(first, 7);
      reader.readFrom(3);
      assert.deepEqual(await reader.valuesWithin(300), []);
    },
  },
  {
    name: 'E20: from below the beginning nobody moves by himself, and a rewind to where records are goes on',
    async run(world) {
      const { reader, owner, topic, first } = await stageOfTen(world);
      await world.deleteRecords(first, 7);
      reader.readFrom(3);
      await owner.write(topic, ['a']);
      assert.deepEqual(await reader.valuesWithin(300), []);
      reader.consumer.rewind({ ...first, offset: 9 });
      assert.deepEqual(await reader.values(2), ['9', 'a']);
    },
  },
  {
    name: 'what is deleted below a reader does not concern it',
    async run(world) {
      const { reader, owner, topic, first } = await stageOfTen(world);
      reader.readFrom(0);
      await reader.take(10);
      await world.deleteRecords(first, 8);
      await owner.write(topic, ['a']);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'E20: records that are deleted in front of a paused reader are not skipped',
    async run(world) {
      const { reader, owner, topic, first } = await stageOfTen(world);
      reader.readFrom(0);
      await reader.take(10);
      reader.consumer.pause([first]);
      reader.consumer.rewind({ ...first, offset: 2 });
      reader.consumer.pause([first]);
      await world.deleteRecords(first, 8);
      await owner.write(topic, ['a']);
      reader.consumer.resume([first]);
      const values = await reader.valuesWithin(300);
      // What was fetched before may come; then it stands still.
      assert.deepEqual(values, digits.slice(2).slice(0, values.length));
    },
  },
  {
    name: 'where all is deleted, beginning and ends are one, and what is written then is read from there',
    async run(world) {
      const stage = await stageOfTen(world);
      const { reader, owner, topic, first } = stage;
      await world.deleteRecords(first, 11);
      assert.deepEqual(await rangeOf(stage), { low: 11, stable: 11 });
      reader.readFrom(11);
      await owner.write(topic, ['a']);
      const [batch] = await reader.take(1);
      assert.deepEqual([...(batch?.columns.offset ?? [])], [11]);
    },
  },
  {
    name: 'the beginning never goes back',
    async run(world) {
      const stage = await stageOfTen(world);
      await world.deleteRecords(stage.first, 8);
      await world.deleteRecords(stage.first, 5);
      assert.equal((await rangeOf(stage))?.low, 8);
    },
  },
  {
    name: 'records are deleted in one partition, not in the others',
    async run(world) {
      const { kafka, owner, topic, first, second } = await setStage(world, 2);
      await owner.write(topic, ['a', 'b', { value: 'c', partition: 1 }, { value: 'd', partition: 1 }]);
      await hasReached(world, kafka, topic, 3);
      await world.deleteRecords(first, 1);
      const ranges = await kafka.offsetRanges([first, second]);
      assert.deepEqual(
        ranges.map(({ low }) => low),
        [1, 0],
      );
    },
  },
  {
    name: 'a committed offset stays where it is when its records are deleted',
    async run(world) {
      const { reader, owner, first } = await stageOfTen(world);
      await owner.producer.begin();
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 3, metadata: 'm' }]);
      await owner.commit();
      await world.deleteRecords(first, 8);
      assert.deepEqual(await reader.consumer.committed(first, 5000), { offset: 3, metadata: 'm' });
    },
  },
  {
    name: 'the beginning can come to be amid an open transaction, before which the stable end stays',
    async run(world) {
      const stage = await stageOfTen(world);
      const { kafka, reader, owner, topic, first } = stage;
      await owner.begin(topic, ['a', 'b', 'c']);
      await hasReached(world, kafka, topic, 14);
      await world.deleteRecords(first, 13);
      assert.deepEqual(await rangeOf(stage), { low: 13, stable: 11 });
      reader.readFrom(13);
      assert.deepEqual(await reader.valuesWithin(200), []);
      assert.deepEqual(await rangeOf(stage), { low: 13, stable: 11 });
      await owner.commit();
      await eventually(world.clock, 'it is committed', async () => (await rangeOf(stage))?.stable === 15);
    },
  },
  {
    name: 'a transaction of which the first records were deleted is committed with the others',
    async run(world) {
      const { kafka, reader, owner, topic, first } = await setStage(world);
      await owner.begin(topic, ['a', 'b']);
      await hasReached(world, kafka, topic, 2);
      await world.deleteRecords(first, 1);
      await owner.producer.send(outputs(topic, ['c']));
      await owner.commit();
      reader.readFrom(1);
      assert.deepEqual(await reader.values(2), ['b', 'c']);
    },
  },
  {
    name: 'a transaction of which the first records were deleted is aborted with the others',
    async run(world) {
      const { kafka, reader, owner, topic, first } = await setStage(world);
      await owner.begin(topic, ['a', 'b']);
      await hasReached(world, kafka, topic, 2);
      await world.deleteRecords(first, 1);
      await owner.abort();
      await owner.write(topic, ['c']);
      reader.readFrom(1);
      assert.deepEqual(await reader.values(1), ['c']);
    },
  },
  {
    name: 'a producer goes on where all that it has written is deleted',
    async run(world) {
      const { reader, owner, topic, first } = await stageOfTen(world);
      await world.deleteRecords(first, 11);
      await owner.write(topic, ['a']);
      await owner.write(topic, ['b']);
      reader.readFrom(11);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
    },
  },
  {
    name: 'whoever was fenced stays so where all that was written is deleted',
    async run(world) {
      const { kafka, reader, id, owner, topic, first } = await stageOfTen(world);
      const next = await Owner.open(await world.client(), id);
      await next.write(topic, ['a']);
      await hasReached(world, kafka, topic, 13);
      await world.deleteRecords(first, 13);
      await owner.begin(topic, ['lost']);
      const failure = await failureOf(owner.commit());
      assert.ok(failure.fenced || failure.fatal, failure.message);
      await next.write(topic, ['b']);
      reader.readFrom(13);
      assert.deepEqual(await reader.values(1), ['b']);
    },
  },
  {
    name: 'where a marker alone is left, nothing comes until something is written',
    async run(world) {
      const stage = await stageOfTen(world);
      const { reader, owner, topic, first } = stage;
      await world.deleteRecords(first, 10);
      assert.deepEqual(await rangeOf(stage), { low: 10, stable: 11 });
      reader.readFrom(10);
      assert.deepEqual(await reader.valuesWithin(200), []);
      await owner.write(topic, ['a']);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'a new member begins at the beginning that there is',
    async run(world) {
      const { kafka, topic, first } = await stageOfTen(world);
      await world.deleteRecords(first, 9);
      const [range] = await kafka.offsetRanges([first]);
      const groupId = world.unique('group');
      const member = await Member.join(world, await world.client(), { groupId, topics: [topic], partitions: 1 });
      assert.equal(await member.consumer.committed(first, 5000), undefined);
      member.readFrom(range?.low ?? 0);
      assert.deepEqual(await member.values(1), ['9']);
    },
  },
];

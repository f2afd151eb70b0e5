// Topics that grow, go, and are made anew under their old name (E17).

import assert from 'node:assert/strict';
import { eventually, failureOf, hasReached, Member, Owner, outputs } from './actors.js';
import { setStage } from './stage.js';
import type { ContractCase } from './world.js';

export const topicChangeCases: readonly ContractCase[] = [
  {
    name: 'E17: a topic that has grown is the same one, with more partitions',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(2);
      const before = (await kafka.describeTopics([topic])).get(topic);
      await world.growTopic(topic, 5);
      const after = (await kafka.describeTopics([topic])).get(topic);
      assert.deepEqual([before?.partitions, after?.partitions], [2, 5]);
      assert.equal(after?.id, before?.id);
    },
  },
  {
    name: 'partitions that were added are empty, and the others stay what they are',
    async run(world) {
      const { kafka, owner, topic } = await setStage(world);
      await owner.write(topic, ['a']);
      await world.growTopic(topic, 2);
      const partitions = [0, 1].map((partition) => ({ topic, partition }));
      await eventually(world.clock, 'the marker is there', async () => {
        const highs = await kafka.highWatermarks(partitions);
        return highs.join() === '2,0';
      });
    },
  },
  {
    name: 'records for partitions that were added are taken and read',
    async run(world) {
      const { topic } = await setStage(world);
      await world.growTopic(topic, 3);
      const kafka = await world.client();
      const owner = await Owner.open(kafka, world.unique('owner'));
      const groupId = world.unique('group');
      const reader = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 3 });
      reader.readFrom(0);
      await owner.write(topic, [
        { value: 'a', partition: 0 },
        { value: 'b', partition: 2 },
      ]);
      assert.deepEqual(new Set(await reader.values(2)), new Set(['a', 'b']));
    },
  },
  {
    name: 'E17: a producer knows of partitions that were added minutes later; one that is opened then knows at once',
    async run(world) {
      const { kafka, owner, topic } = await setStage(world);
      await owner.write(topic, ['a']);
      await world.growTopic(topic, 2);
      const added = { value: 'b', partition: 1 };
      await owner.producer.begin();
      const failure = await failureOf(owner.producer.send(outputs(topic, [added])));
      assert.equal(failure.code, '_UNKNOWN_PARTITION');
      await owner.abort();
      const other = await Owner.open(kafka, world.unique('owner'));
      await other.write(topic, [added]);
      await eventually(world.clock, 'the record and its marker are there', async () => {
        const [high] = await kafka.highWatermarks([{ topic, partition: 1 }]);
        return high === 2;
      });
    },
  },
  {
    name: 'E17: a topic that is gone is missing',
    async run(world) {
      const kafka = await world.client();
      const [topic, other] = [await world.createTopic(1), await world.createTopic(1)];
      await world.deleteTopic(topic);
      const found = await kafka.describeTopics([topic, other], 500);
      assert.deepEqual([...found.keys()], [other]);
    },
  },
  {
    name: 'where a topic was, there are no offsets to be had',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(1);
      await world.deleteTopic(topic);
      assert.equal((await failureOf(kafka.offsetRanges([{ topic, partition: 0 }], 500))).name, 'KafkaError');
    },
  },
  {
    name: 'E17: a topic that is made anew has another id, its own partitions, and nothing in it',
    async run(world) {
      const { kafka, owner, topic, first } = await setStage(world);
      await owner.write(topic, ['a']);
      await hasReached(world, kafka, topic, 2);
      const before = (await kafka.describeTopics([topic])).get(topic);
      await world.remakeTopic(topic, 2);
      const fresh = await world.client();
      const after = (await fresh.describeTopics([topic])).get(topic);
      assert.notEqual(after?.id, before?.id);
      assert.equal(after?.partitions, 2);
      assert.deepEqual(await fresh.offsetRanges([first]), [{ low: 0, stable: 0 }]);
    },
  },
  {
    name: 'what is written to a topic that was made anew begins at 0',
    async run(world) {
      const { kafka: before, owner, topic } = await setStage(world);
      await owner.write(topic, ['a', 'b']);
      // A marker that is still on its way would come to the new one.
      await hasReached(world, before, topic, 3);
      await world.remakeTopic(topic, 1);
      const kafka = await world.client();
      const other = await Owner.open(kafka, world.unique('other'));
      await other.write(topic, ['c']);
      const groupId = world.unique('group');
      const reader = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 1 });
      reader.readFrom(0);
      const [batch] = await reader.take(1);
      assert.deepEqual([...(batch?.columns.offset ?? [])], [0]);
    },
  },
  {
    name: 'what a group has committed of a topic goes with it',
    async run(world) {
      const { owner, reader, topic, first } = await setStage(world);
      await owner.write(topic, ['a']);
      await owner.producer.begin();
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 1, metadata: '' }]);
      await owner.commit();
      assert.equal((await reader.consumer.committed(first, 5000))?.offset, 1);
      await world.remakeTopic(topic, 1);
      await eventually(world.clock, 'the offset is gone', async () => {
        const committed = await reader.consumer.committed(first, 5000);
        return committed === undefined;
      });
    },
  },
  {
    name: 'a transaction in whose topics one is gone is committed in the others, and its id is free again',
    async run(world) {
      const { kafka, owner, reader, id, topic } = await setStage(world);
      const other = await world.createTopic(1);
      await owner.begin(topic, ['a']);
      await owner.producer.send(outputs(other, ['b']));
      await hasReached(world, kafka, topic, 1);
      await hasReached(world, kafka, other, 1);
      await world.deleteTopic(other);
      await owner.commit();
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
      const next = await Owner.open(await world.client(), id);
      await next.write(topic, ['c']);
      assert.deepEqual(await reader.values(1), ['c']);
    },
  },
  {
    name: 'E17: whoever reads a topic that is made anew reads the new one, and hears nothing of it',
    async run(world) {
      const { topic, reader } = await setStage(world);
      reader.readFrom(0);
      await reader.valuesWithin(100);
      await world.remakeTopic(topic, 1);
      const other = await Owner.open(await world.client(), world.unique('other'));
      await other.write(topic, ['a']);
      assert.deepEqual(await reader.values(1), ['a']);
      assert.deepEqual(
        reader.events.map(({ kind }) => kind),
        ['assigned'],
      );
    },
  },
  {
    name: 'E17: whoever stands in a topic that is made anew goes on from there in the new one: what is before is never read',
    async run(world) {
      const { kafka, topic, first, owner, reader } = await setStage(world);
      await owner.write(topic, ['a', 'b']);
      await hasReached(world, kafka, topic, 3);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
      // While it asks for nothing it cannot be told that it stands beyond the end of the new one.
      reader.consumer.pause([first]);
      await world.remakeTopic(topic, 1);
      const other = await Owner.open(await world.client(), world.unique('other'));
      await other.write(topic, ['c', 'd', 'e', 'f']);
      reader.consumer.resume([first]);
      assert.deepEqual((await reader.values(1)).at(-1), 'f');
    },
  },
];

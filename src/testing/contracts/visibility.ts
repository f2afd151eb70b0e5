// Which records a reader of committed ones sees, and what holds them back.

import assert from 'node:assert/strict';
import { eventually, hasReached, Member, Owner, outputs, valuesOf } from './actors.js';
import { setStage } from './stage.js';
import type { ContractCase } from './world.js';

export const visibilityCases: readonly ContractCase[] = [
  {
    name: 'what is open in one partition holds nothing back in another one',
    async run(world) {
      const { kafka, topic, owner, reader } = await setStage(world, 2);
      const other = await Owner.open(kafka, world.unique('other'));
      reader.readFrom(0);
      await owner.begin(topic, ['a']);
      await hasReached(world, kafka, topic, 1);
      await other.write(topic, [{ value: 'b', partition: 1 }]);
      assert.deepEqual(await reader.values(1), ['b']);
      await owner.commit();
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'where two transactions are open, the stable end waits for the first one, then for the second',
    async run(world) {
      const { kafka, topic, first, owner, reader } = await setStage(world);
      const [second, third] = [
        await Owner.open(kafka, world.unique('second')),
        await Owner.open(kafka, world.unique('third')),
      ];
      reader.readFrom(0);
      await owner.begin(topic, ['a']);
      await hasReached(world, kafka, topic, 1);
      await second.begin(topic, ['b']);
      await hasReached(world, kafka, topic, 2);
      await third.write(topic, ['c']);
      assert.deepEqual(await kafka.offsetRanges([first]), [{ low: 0, stable: 0 }]);
      await owner.commit();
      assert.deepEqual(await reader.values(1), ['a']);
      assert.deepEqual(await kafka.offsetRanges([first]), [{ low: 0, stable: 1 }]);
      await second.commit();
      assert.deepEqual(await reader.values(2), ['b', 'c']);
    },
  },
  {
    name: 'of transactions that overlap, the committed ones are read in the order of their records, not of their commits',
    async run(world) {
      const { kafka, topic, owner, reader } = await setStage(world);
      const [lost, last] = [
        await Owner.open(kafka, world.unique('lost')),
        await Owner.open(kafka, world.unique('last')),
      ];
      reader.readFrom(0);
      for (let round = 0; round < 3; round++) {
        let reached = (await kafka.highWatermarks([{ topic, partition: 0 }]))[0] ?? 0;
        for (const [one, value] of [
          [owner, 'first'],
          [lost, 'lost'],
          [last, 'last'],
        ] as const) {
          await one.begin(topic, [`${value} ${round}`]);
          await hasReached(world, kafka, topic, ++reached);
        }
        await last.commit();
        await lost.abort();
        await owner.commit();
        await hasReached(world, kafka, topic, reached + 3);
      }
      const wanted = [0, 1, 2].flatMap((round) => [`first ${round}`, `last ${round}`]);
      assert.deepEqual(await reader.values(6), wanted);
    },
  },
  {
    name: 'a transaction of several topics is read from all of them or from none',
    async run(world) {
      const kafka = await world.client();
      const topics = [await world.createTopic(1), await world.createTopic(1)];
      const owner = await Owner.open(kafka, world.unique('owner'));
      const reader = await Member.join(world, kafka, { groupId: world.unique('group'), topics, partitions: 2 });
      reader.readFrom(0);
      for (const value of ['lost', 'kept']) {
        await owner.producer.begin();
        for (const topic of topics) await owner.producer.send(outputs(topic, [value]));
        await (value === 'lost' ? owner.abort() : owner.commit());
      }
      const batches = await reader.take(2);
      assert.deepEqual(valuesOf(batches), ['kept', 'kept']);
      assert.deepEqual(batches.map(({ topic }) => topic).sort(), [...topics].sort());
    },
  },
  {
    name: 'what was sent outside transactions waits behind an open one, too, and is there once that is aborted',
    async run(world) {
      const { kafka, topic, owner, reader } = await setStage(world);
      const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      reader.readFrom(0);
      await owner.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      await idempotent.deliver(outputs(topic, ['a']), 5000);
      assert.deepEqual(await reader.valuesWithin(200), []);
      await owner.abort();
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'aborted transactions between committed ones leave gaps in the offsets and nothing else',
    async run(world) {
      const { topic, owner, reader } = await setStage(world);
      reader.readFrom(0);
      await owner.write(topic, ['a']);
      for (const lost of ['b', 'c', 'd']) {
        await owner.begin(topic, [lost, lost]);
        await owner.producer.abort(5000);
      }
      await owner.write(topic, ['e']);
      const batches = await reader.take(2);
      assert.deepEqual(valuesOf(batches), ['a', 'e']);
      const offsets = batches.flatMap(({ columns }) => [...columns.offset]);
      assert.equal(offsets[0], 0);
      // A marker behind each transaction, and a record at least before each marker that was written.
      assert.ok((offsets[1] ?? 0) >= 2, `at ${offsets[1]}`);
    },
  },
  {
    name: 'each group reads all that is committed',
    async run(world) {
      const { kafka, topic, owner, reader } = await setStage(world);
      const other = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 1 });
      await owner.write(topic, ['a', 'b']);
      for (const one of [reader, other]) {
        one.readFrom(0);
        assert.deepEqual(await one.values(2), ['a', 'b']);
      }
    },
  },
  {
    name: 'a transaction that is larger than a poll comes in pieces, whole and in its order',
    async run(world) {
      const { topic, owner, reader } = await setStage(world);
      const values = Array.from({ length: 2500 }, (_, i) => `${i}`);
      await owner.write(topic, values);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2500), values);
    },
  },
  {
    name: 'reading can begin amid a committed transaction, amid an aborted one and at a marker',
    async run(world) {
      const { kafka, topic, first, owner, reader } = await setStage(world);
      await owner.begin(topic, ['x', 'x', 'x']);
      await hasReached(world, kafka, topic, 3);
      await owner.abort();
      await hasReached(world, kafka, topic, 4);
      await owner.write(topic, ['a', 'b', 'c']);
      reader.readFrom(1);
      assert.deepEqual(await reader.values(3), ['a', 'b', 'c']);
      reader.consumer.rewind({ ...first, offset: 3 });
      assert.deepEqual(await reader.values(3), ['a', 'b', 'c']);
      reader.consumer.rewind({ ...first, offset: 5 });
      assert.deepEqual(await reader.values(2), ['b', 'c']);
    },
  },
  {
    name: 'each end of a transaction takes an offset of each partition that it wrote to, and of no other one',
    async run(world) {
      const { kafka, topic, first, second, owner } = await setStage(world, 3);
      await owner.write(topic, ['a', { value: 'b', partition: 1 }]);
      const third = { topic, partition: 2 };
      await eventually(world.clock, 'both markers are there', async () => {
        const highs = await kafka.highWatermarks([first, second]);
        return highs.join() === '2,2';
      });
      assert.deepEqual(await kafka.highWatermarks([first, second, third]), [2, 2, 0]);
    },
  },
];

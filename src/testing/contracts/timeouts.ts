// Transactions whose time is over: the coordinator aborts them, and their owner hears of it at its next call.

import assert from 'node:assert/strict';
import { callMs, eventually, failureOf, Member, Owner, outputs } from './actors.js';
import type { ContractCase } from './world.js';

const shortly = { transactionTimeoutMs: 1000 };

export const timeoutCases: readonly ContractCase[] = [
  {
    name: 'E9: whose transaction the coordinator has aborted is told at each call that it is fenced, though nobody has taken over',
    async run(world) {
      const kafka = await world.client(shortly);
      const topic = await world.createTopic(4);
      const partitions = [0, 1, 2, 3].map((partition) => ({ topic, partition }));
      const reader = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 4,
      });
      const owners: Owner[] = [];
      for (const { partition } of partitions) {
        const owner = await Owner.open(kafka, world.unique('owner'));
        await owner.begin(topic, [{ value: 'lost', partition }]);
        owners.push(owner);
      }
      await eventually(world.clock, 'they are aborted', async () =>
        (await kafka.offsetRanges(partitions)).every(({ stable }) => stable === 2),
      );
      const [a, b, c, d] = owners as [Owner, Owner, Owner, Owner];
      for (const call of [
        () => a.commit(),
        () => b.abort(),
        () => c.sendOffsets(reader.consumer, [{ topic, partition: 2, offset: 7, metadata: '' }]),
        () => d.producer.send(outputs(topic, [{ value: 'lost', partition: 3 }])).then(() => d.commit()),
      ]) {
        const { fenced, fatal, message } = await failureOf(call());
        assert.ok(fenced && fatal, message);
      }
    },
  },
  {
    name: 'of what the coordinator has aborted nothing is read, its offsets are forgotten, and its id can be opened again',
    async run(world) {
      const kafka = await world.client(shortly);
      const topic = await world.createTopic(1);
      const first = { topic, partition: 0 };
      const reader = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 1,
      });
      const id = world.unique('owner');
      const owner = await Owner.open(kafka, id);
      await owner.begin(topic, ['lost']);
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]);
      // The answer waits for the end of it.
      assert.equal(await reader.consumer.committed(first, callMs), undefined);
      const next = await Owner.open(kafka, id);
      await next.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'the time of a transaction begins with the first that it sends, not with begin',
    async run(world) {
      const kafka = await world.client(shortly);
      const topic = await world.createTopic(2);
      const [idle, busy] = [
        await Owner.open(kafka, world.unique('idle')),
        await Owner.open(kafka, world.unique('busy')),
      ];
      await idle.producer.begin();
      await busy.begin(topic, [{ value: 'lost', partition: 1 }]);
      await eventually(world.clock, 'the busy one is aborted', async () => {
        const [range] = await kafka.offsetRanges([{ topic, partition: 1 }]);
        return range?.stable === 2;
      });
      await idle.producer.send(outputs(topic, ['kept']));
      await idle.commit();
    },
  },
  {
    name: 'a record for a topic that is not there fails the commit when its time is over; aborted, the next transaction is whole',
    async run(world) {
      const kafka = await world.client(shortly);
      const topic = await world.createTopic(1);
      const owner = await Owner.open(kafka, world.unique('owner'));
      await owner.begin(world.unique('nowhere'), ['lost']);
      const failure = await failureOf(owner.commit());
      assert.ok(failure.abortable && !failure.fatal, failure.message);
      await owner.abort();
      await owner.write(topic, ['kept']);
      const [high] = await kafka.highWatermarks([{ topic, partition: 0 }]);
      assert.ok((high ?? 0) >= 1);
    },
  },
];

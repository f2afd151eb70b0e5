// How producers, consumers and clients end, and what is left to be called then.

import assert from 'node:assert/strict';
import { callMs, failureOf, hasReached, Member, Owner, outputs, together } from './actors.js';
import { setStage } from './stage.js';
import type { ContractCase } from './world.js';

export const closingCases: readonly ContractCase[] = [
  {
    name: 'a producer can be closed in any state, and twice',
    async run(world) {
      const { kafka, topic, owner } = await setStage(world);
      const [connected, begun, ended] = [
        await Owner.connect(kafka, world.unique('owner')),
        await Owner.open(kafka, world.unique('owner')),
        await Owner.open(kafka, world.unique('owner')),
      ];
      await begun.producer.begin();
      await ended.write(topic, ['a']);
      const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      for (const producer of [connected.producer, owner.producer, begun.producer, ended.producer, idempotent]) {
        await producer.close();
        await producer.close();
      }
    },
  },
  {
    name: 'E8: a close waits for the commit that is under way, which succeeds',
    async run(world) {
      const { topic, owner, reader } = await setStage(world);
      await owner.begin(topic, ['a']);
      const ended: string[] = [];
      const committing = owner.commit().then(() => ended.push('commit'));
      const closing = owner.producer.close().then(() => ended.push('close'));
      await Promise.all([committing, closing]);
      assert.deepEqual(ended, ['commit', 'close']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'E8: a fenced producer can be closed',
    async run(world) {
      const { topic, owner, id, reader } = await setStage(world);
      const next = await Owner.open(await world.client(), id);
      await failureOf(owner.write(topic, ['lost']));
      await owner.producer.close();
      await next.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E8: what a closed producer has left open holds readers back until its time is over, and then goes',
    async run(world) {
      const kafka = await world.client({ transactionTimeoutMs: 1000 });
      const topic = await world.createTopic(1);
      const owner = await Owner.open(kafka, world.unique('owner'));
      await owner.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      await owner.producer.close();
      assert.deepEqual(await kafka.offsetRanges([{ topic, partition: 0 }]), [{ low: 0, stable: 0 }]);
      const other = await Owner.open(kafka, world.unique('other'));
      await other.write(topic, ['kept']);
      const reader = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 1,
      });
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E8: closed producers of each kind take no call: each says that they are closed, and nothing is sent',
    async run(world) {
      const { kafka, topic, first, owner, reader } = await setStage(world);
      await owner.producer.close();
      const offsets = [{ ...first, offset: 7, metadata: '' }];
      assert.equal((await failureOf(owner.sendOffsets(reader.consumer, offsets))).code, '_DESTROY');
      const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await idempotent.close();
      assert.equal((await failureOf(idempotent.deliver(outputs(topic, ['lost']), callMs))).code, '_DESTROY');
      assert.deepEqual(await kafka.highWatermarks([first]), [0]);
      assert.equal(await reader.consumer.committed(first, callMs), undefined);
    },
  },
  {
    name: 'E4: the guard of a closed producer is not asked',
    async run(world) {
      const { topic, owner } = await setStage(world);
      await owner.begin(topic, ['lost']);
      await owner.producer.close();
      await failureOf(owner.commit(() => assert.fail('asked')));
    },
  },
  {
    name: 'a consumer is closed amid a poll when that has returned, with nothing',
    async run(world) {
      const { reader } = await setStage(world);
      reader.readFrom(0);
      await reader.poll();
      const ended: string[] = [];
      const polling = reader.consumer.poll(10, 1000).finally(() => ended.push('poll'));
      const closing = reader.consumer.close().then(() => ended.push('close'));
      await closing;
      assert.deepEqual(await polling, []);
      assert.deepEqual(ended, ['poll', 'close']);
    },
  },
  {
    name: 'a consumer that has never polled can be closed while its group is being shared anew',
    async run(world) {
      const { topic, first, groupId } = await setStage(world);
      const { consumer } = await Member.open(world, await world.client(), groupId, [topic]);
      await consumer.committed(first, callMs);
      const sinceMs = world.clock.monotonicMs();
      await consumer.close();
      assert.ok(world.clock.monotonicMs() - sinceMs < 10_000);
    },
  },
  {
    name: 'a consumer that owes its group an answer can be closed: the others get what it had',
    async run(world) {
      const { topic, groupId, reader } = await setStage(world, 2);
      reader.holdsOn = true;
      const other = await Member.open(world, await world.client(), groupId, [topic]);
      await together([reader, other], 'it is asked to give some up', () => reader.isAsked);
      await Promise.all([reader.consumer.close(), other.pollUntil('it has both', () => other.owned.size === 2)]);
    },
  },
  {
    name: 'a closed consumer takes no call, but another close',
    async run(world) {
      const { first, reader } = await setStage(world);
      const { consumer } = reader;
      reader.readFrom(0);
      await consumer.close();
      await consumer.close();
      assert.equal((await failureOf(consumer.committed(first, 500))).code, '_DESTROY');
      assert.equal((await failureOf(consumer.commit({ ...first, offset: 1, metadata: '' }))).code, '_DESTROY');
      for (const call of [
        () => consumer.assign([{ ...first, offset: 0 }]),
        () => consumer.rewind({ ...first, offset: 0 }),
        () => consumer.unassign([first]),
        () => consumer.accept(),
        () => consumer.pause([first]),
        () => consumer.resume([first]),
        () => consumer.position(first),
      ])
        assert.throws(call);
    },
  },
  {
    name: 'a commit that has no answer when its consumer is closed says so',
    async run(world) {
      const { first, reader } = await setStage(world);
      const committing = reader.consumer.commit({ ...first, offset: 7, metadata: '' });
      const failure = failureOf(committing);
      await reader.consumer.close();
      assert.equal((await failure).code, '_DESTROY');
    },
  },
  {
    name: 'a closed client answers no questions; what it has opened goes on',
    async run(world) {
      const { kafka, topic, first, owner, reader } = await setStage(world);
      await kafka.close();
      await kafka.close();
      for (const call of [
        () => kafka.describeTopics([topic]),
        () => kafka.offsetRanges([first]),
        () => kafka.highWatermarks([first]),
      ])
        assert.equal((await failureOf(call())).code, '_DESTROY');
      await owner.write(topic, ['a']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'two clients of one process do not touch each other: closing one with all that it has leaves the other as it is',
    async run(world) {
      const { topic, first, owner, reader, kafka } = await setStage(world);
      const another = await world.client();
      const gone = await Owner.open(another, world.unique('gone'));
      const leaving = await Member.join(world, another, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 1,
      });
      await gone.write(topic, ['a']);
      await gone.producer.close();
      await leaving.consumer.close();
      await another.close();
      await owner.write(topic, ['b']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
      assert.equal((await kafka.offsetRanges([first])).length, 1);
    },
  },
];

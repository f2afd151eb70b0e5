// Who may still act under a transactional id when somebody else has taken it over.

import assert from 'node:assert/strict';
import type { Kafka } from '../../ports/kafka.js';
import { failureOf, hasReached, Member, Owner, outputs } from './actors.js';
import type { ContractCase, ContractWorld } from './world.js';

async function stage(world: ContractWorld): Promise<{ kafka: Kafka; topic: string; id: string; old: Owner }> {
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const id = world.unique('owner');
  return { kafka, topic, id, old: await Owner.open(kafka, id) };
}

async function reads(world: ContractWorld, kafka: Kafka, topic: string, values: readonly string[]): Promise<void> {
  const reader = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 1 });
  reader.readFrom(0);
  assert.deepEqual(await reader.values(values.length), values);
}

export const fencingCases: readonly ContractCase[] = [
  {
    name: 'E2: init takes the id over: the commit of whoever had it fails, and nothing of it is read',
    async run(world) {
      const { kafka, topic, id, old } = await stage(world);
      await old.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      const next = await Owner.open(await world.client(), id);
      const failure = await failureOf(old.commit());
      assert.ok(failure.fenced || failure.fatal, failure.message);
      await next.write(topic, ['kept']);
      await reads(world, kafka, topic, ['kept']);
    },
  },
  {
    name: 'E2: init ends what its predecessor has left open, before it returns',
    async run(world) {
      const { kafka, topic, id, old } = await stage(world);
      await old.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      await Owner.open(await world.client(), id);
      const [range] = await kafka.offsetRanges([{ topic, partition: 0 }]);
      // A record and its marker.
      assert.equal(range?.stable, 2);
    },
  },
  {
    name: 'E2: whoever was taken over cannot write any more',
    async run(world) {
      const { kafka, topic, id, old } = await stage(world);
      const next = await Owner.open(await world.client(), id);
      await old.begin(topic, ['lost']);
      const failure = await failureOf(old.commit());
      assert.ok(failure.fenced || failure.fatal, failure.message);
      await next.write(topic, ['kept']);
      await reads(world, kafka, topic, ['kept']);
    },
  },
  {
    name: 'E2: whoever was taken over cannot move the offset of its group any more',
    async run(world) {
      const { kafka, topic, id, old } = await stage(world);
      const groupId = world.unique('group');
      const member = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 1 });
      await Owner.open(await world.client(), id);
      await old.producer.begin();
      const partition = { topic, partition: 0 };
      const calls = async (): Promise<void> => {
        await old.sendOffsets(member.consumer, [{ ...partition, offset: 7, metadata: '' }]);
        await old.commit();
      };
      const failure = await failureOf(calls());
      assert.ok(failure.fenced || failure.fatal, failure.message);
      assert.equal(await member.consumer.committed(partition, 5000), undefined);
    },
  },
  {
    name: 'of three owners of one id, one after another, the last one writes',
    async run(world) {
      const { kafka, topic, id, old } = await stage(world);
      const second = await Owner.open(await world.client(), id);
      await second.write(topic, ['second']);
      const third = await Owner.open(await world.client(), id);
      await third.write(topic, ['third']);
      for (const one of [old, second]) {
        await one.begin(topic, ['lost']);
        const failure = await failureOf(one.commit());
        assert.ok(failure.fenced || failure.fatal, failure.message);
      }
      await reads(world, kafka, topic, ['second', 'third']);
    },
  },
  {
    name: 'different ids do not touch each other',
    async run(world) {
      const { kafka, topic, old } = await stage(world);
      await old.begin(topic, ['a']);
      const other = await Owner.open(kafka, world.unique('other'));
      await other.write(topic, ['b']);
      await old.commit();
      const reader = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 1,
      });
      reader.readFrom(0);
      assert.deepEqual(new Set(await reader.values(2)), new Set(['a', 'b']));
    },
  },
  {
    name: 'E4: what the guard throws rejects the commit, and nothing is sent',
    async run(world) {
      const { kafka, topic, old } = await stage(world);
      await old.begin(topic, ['a']);
      const failure = await failureOf(
        old.commit(() => {
          throw new Error('not mine any more');
        }),
      );
      assert.equal(failure.message, 'not mine any more');
      await hasReached(world, kafka, topic, 1);
      const [range] = await kafka.offsetRanges([{ topic, partition: 0 }]);
      assert.equal(range?.stable, 0);
    },
  },
  {
    name: 'E4: what the guard throws rejects the sending of offsets, and nothing is sent',
    async run(world) {
      const { kafka, topic, old } = await stage(world);
      const groupId = world.unique('group');
      const { consumer } = await Member.join(world, kafka, { groupId, topics: [topic], partitions: 1 });
      await old.begin(topic, ['a']);
      const partition = { topic, partition: 0 };
      const failure = await failureOf(
        old.sendOffsets(consumer, [{ ...partition, offset: 7, metadata: '' }], () => {
          throw new Error('not mine any more');
        }),
      );
      assert.equal(failure.message, 'not mine any more');
      await old.abort();
      assert.equal(await consumer.committed(partition, 5000), undefined);
    },
  },
  {
    name: 'E8: a producer that was closed does nothing any more',
    async run(world) {
      const { topic, old } = await stage(world);
      await old.producer.close();
      for (const call of [
        () => old.producer.init(1000),
        () => old.producer.begin(),
        () => old.producer.send(outputs(topic, ['a'])),
        () => old.commit(),
        () => old.abort(),
      ])
        assert.equal((await failureOf(call())).code, '_DESTROY');
    },
  },
  {
    name: 'what a closed producer has left open is ended by its successor',
    async run(world) {
      const { kafka, topic, id, old } = await stage(world);
      await old.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      await old.producer.close();
      const next = await Owner.open(kafka, id);
      await next.write(topic, ['kept']);
      await reads(world, kafka, topic, ['kept']);
    },
  },
  {
    name: 'a transaction begins after init only',
    async run(world) {
      const kafka = await world.client();
      const { producer } = await Owner.connect(kafka, world.unique('owner'));
      const failure = await failureOf(producer.begin());
      assert.equal(failure.code, '_STATE');
    },
  },
  {
    name: 'a transactional producer delivers nothing outside transactions, an idempotent one has none',
    async run(world) {
      const { kafka, topic, old } = await stage(world);
      assert.equal((await failureOf(old.producer.deliver(outputs(topic, ['a']), 5000))).code, '_STATE');
      const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await idempotent.init(5000);
      assert.equal((await failureOf(idempotent.begin())).code, '_STATE');
      await idempotent.deliver(outputs(topic, ['b']), 5000);
      await reads(world, kafka, topic, ['b']);
    },
  },
];

// Static members (`group.instance.id`): whoever comes back under its name in time has its partitions, and nobody else hears of it.

import assert from 'node:assert/strict';
import { callMs, failureOf, Owner, together } from './actors.js';
import { cooperative, has, kip848, type Protocol, protocols, range, setGroupStage, sharesOf } from './groups-stage.js';
import type { ContractCase } from './world.js';

const returnsOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}, static: who is closed and comes back in time has its partitions, and nobody hears of it`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 4);
      const [a, b] = [await open({ groupInstanceId: 'a' }), await open({ groupInstanceId: 'b' })];
      await together([a, b], 'each has two', () => sharesOf([a, b]) === '2,2');
      const before = [...b.owned.keys()];
      const heard = a.events.length;
      await b.consumer.close();
      const again = await open({ groupInstanceId: 'b' });
      await together([again, a], 'it has its partitions', () => again.owned.size === 2);
      assert.deepEqual([...again.owned.keys()].sort(), before.sort());
      assert.equal(a.events.length, heard);
    },
  },
  {
    name: `${protocol.name}, static, E4: offsets count under the membership of who came back`,
    async run(world) {
      const { topic, open } = await setGroupStage(world, protocol, 1);
      const before = await open({ groupInstanceId: 'a' });
      await has(before, 1);
      await before.consumer.close();
      const again = await open({ groupInstanceId: 'a' });
      await has(again, 1);
      const owner = await Owner.open(await world.client(), world.unique('owner'));
      const partition = { topic, partition: 0 };
      await owner.producer.begin();
      await owner.sendOffsets(again.consumer, [{ ...partition, offset: 7, metadata: '' }]);
      await owner.commit();
      assert.equal((await again.consumer.committed(partition, callMs))?.offset, 7);
    },
  },
];

const fencingOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}, static: a second one of the same name fences the first, which never works again`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 2);
      const first = await open({ groupInstanceId: 'a' });
      await has(first, 2);
      const second = await open({ groupInstanceId: 'a' });
      await has(second, 2);
      for (let i = 0; i < 2; i++) {
        const failure = await failureOf(first.pollUntil('it is told so', () => false));
        assert.ok(failure.fatal, failure.message);
      }
    },
  },
  {
    name: `${protocol.name}, static, E4: who was fenced by its name adds no offsets to a transaction`,
    async run(world) {
      const { topic, open } = await setGroupStage(world, protocol, 1);
      const first = await open({ groupInstanceId: 'a' });
      await has(first, 1);
      const owner = await Owner.open(await world.client(), world.unique('owner'));
      await owner.begin(topic, ['lost']);
      const second = await open({ groupInstanceId: 'a' });
      await has(second, 1);
      const partition = { topic, partition: 0 };
      const failure = await failureOf(owner.sendOffsets(first.consumer, [{ ...partition, offset: 7, metadata: '' }]));
      assert.equal(failure.code, 'FENCED_INSTANCE_ID');
      assert.ok(failure.abortable && !failure.fatal, failure.message);
      await owner.abort();
      assert.equal(await second.consumer.committed(partition, callMs), undefined);
    },
  },
  {
    name: `${protocol.name}, static: who does not come back is missed when its session is over`,
    async run(world) {
      const { open } = await setGroupStage(world, protocol, 2, { sessionMs: 600 });
      const [a, b] = [await open({ groupInstanceId: 'a' }), await open({ groupInstanceId: 'b' })];
      await together([a, b], 'each has one', () => sharesOf([a, b]) === '1,1');
      const startedMs = world.clock.monotonicMs();
      await b.consumer.close();
      await has(a, 2);
      assert.ok(world.clock.monotonicMs() - startedMs >= 400);
    },
  },
];

export const groupStaticCases: readonly ContractCase[] = [
  ...protocols.flatMap(returnsOf),
  ...fencingOf(cooperative),
  ...fencingOf(range),
  {
    name: 'KIP-848, static: a second one of the same name is refused for good while the first one is there',
    async run(world) {
      const { open } = await setGroupStage(world, kip848, 2);
      const first = await open({ groupInstanceId: 'a' });
      await has(first, 2);
      const second = await open({ groupInstanceId: 'a' });
      const failure = await failureOf(second.pollUntil('it is told so', () => false));
      assert.ok(failure.fatal, failure.message);
      await first.poll();
      assert.equal(first.owned.size, 2);
    },
  },
];

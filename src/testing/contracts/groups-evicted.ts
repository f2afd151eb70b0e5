// What becomes of a member that its group has put out because it did not poll, and of its offsets.

import assert from 'node:assert/strict';
import { partitionKey } from '../../core/ids.js';
import { callMs, failureOf, type Member, Owner, together } from './actors.js';
import { has, type Protocol, protocols, setGroupStage, sharesOf } from './groups-stage.js';
import type { ContractCase, ContractWorld } from './world.js';

interface Eviction {
  readonly topic: string;
  /** Was the only member, with all partitions. */
  readonly evicted: Member;
  readonly successor: Member;
  readonly owner: Owner;
}

/** `before` is done while the one is still a member. Then nobody polls for it until another one has what it had. */
async function evict(
  world: ContractWorld,
  protocol: Protocol,
  before: (stage: Omit<Eviction, 'successor'>) => Promise<void>,
): Promise<Eviction> {
  const { topic, open } = await setGroupStage(world, protocol, 2);
  const owner = await Owner.open(await world.client(), world.unique('owner'));
  const evicted = await open({ pollMsMax: 600 });
  await has(evicted, 2);
  await before({ topic, evicted, owner });
  // Not sooner: a client asks to join as soon as it is opened, and the group is shared anew from then on.
  const successor = await open();
  await has(successor, 2);
  return { topic, evicted, successor, owner };
}

const evictionsOf = (protocol: Protocol): readonly ContractCase[] => [
  {
    name: `${protocol.name}, E4: who was put out adds no offsets, hears of its loss with its next poll, and is a member again`,
    async run(world) {
      const { topic, evicted, successor, owner } = await evict(world, protocol, (stage) =>
        stage.owner.begin(stage.topic, ['lost']),
      );
      const offset = { topic, partition: 0, offset: 7, metadata: '' };
      const failure = await failureOf(owner.sendOffsets(evicted.consumer, [offset]));
      assert.ok(failure.abortable && !failure.fatal && !failure.fenced, failure.message);
      await owner.abort();
      const { code } = await failureOf(evicted.commit(offset));
      assert.ok(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'STALE_MEMBER_EPOCH'].includes(code), code);
      assert.equal(await successor.consumer.committed(offset, callMs), undefined);
      await together([evicted, successor], 'they share', () => sharesOf([evicted, successor]) === '1,1');
      const taken = evicted.events.filter(({ kind }) => kind !== 'assigned').flatMap(({ partitions }) => partitions);
      assert.equal(new Set(taken.map(partitionKey)).size, 2);
    },
  },
  {
    name: `${protocol.name}, E2: offsets that were added before it was put out count when the transaction is committed`,
    async run(world) {
      const { topic, successor, owner } = await evict(world, protocol, async (stage) => {
        await stage.owner.begin(stage.topic, ['kept']);
        const offset = { topic: stage.topic, partition: 0, offset: 7, metadata: '' };
        await stage.owner.sendOffsets(stage.evicted.consumer, [offset]);
      });
      let isAnswered = false;
      const asking = successor.consumer.committed({ topic, partition: 0 }, callMs).finally(() => (isAnswered = true));
      await successor.valuesWithin(200);
      assert.equal(isAnswered, false);
      await owner.commit();
      assert.equal((await asking)?.offset, 7);
    },
  },
];

export const groupEvictionCases: readonly ContractCase[] = protocols.flatMap(evictionsOf);

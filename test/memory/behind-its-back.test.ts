// A transaction that is ended while its owner still adds to it, as a request does that comes late (E7, test/kafka/late-requests.test.ts);
// and groups that cannot say at once whether they take its offsets.

import { expect, onTestFinished, test } from 'vitest';
import type { Outcome } from '../../src/memory/partition-log.js';
import { failureOf, Member, Owner, outputs } from '../../src/testing/contracts/actors.js';
import { type ModelWorld, modelWorld } from '../contracts/model-world.js';

interface Stage {
  readonly world: ModelWorld;
  readonly topic: string;
  readonly owner: Owner;
  readonly member: Member;
}

async function stage(): Promise<Stage> {
  const world = modelWorld(1, { nodes: 2, loadMs: () => 3000 });
  onTestFinished(() => world.close());
  const topic = await world.createTopic(1);
  const kafka = await world.client();
  const owner = await Owner.open(kafka, 'owner');
  const member = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 1 });
  return { world, topic, owner, member };
}

/** Whatever is added next to a transaction, it has ended right behind that. */
function endsBehind({ world }: Stage, outcome: Outcome): void {
  const { transactions } = world.cluster;
  for (const add of ['addPartitions', 'addOffsets'] as const) {
    const added = transactions[add].bind(transactions) as (...of: unknown[]) => void;
    transactions[add] = (
      id: string,
      producer: { readonly id: number; readonly epoch: number },
      what: unknown,
    ): void => {
      added(id, producer, what);
      transactions.end(id, producer, outcome);
    };
  }
}

function sendOffset({ owner, member, topic }: Stage, timeoutMs = 5000): Promise<void> {
  const offset = { topic, partition: 0, offset: 7, metadata: '' };
  return owner.producer.sendOffsets([offset], member.consumer, timeoutMs, () => {});
}

const ended = { code: 'INVALID_TXN_STATE', retriable: false };

test('offsets for it are put off until it has ended, then refused, and the producer is through', async () => {
  const about = await stage();
  const { owner, member, topic } = about;
  endsBehind(about, 'abort');
  await owner.producer.begin();
  expect(await failureOf(sendOffset(about))).toMatchObject({ ...ended, fatal: true, abortable: false });
  expect((await failureOf(owner.commit())).fatal).toBe(true);
  expect(await member.consumer.committed({ topic, partition: 0 }, 5000)).toBeUndefined();
});

test('records for it are refused; what was committed so cannot be aborted any more', async () => {
  const about = await stage();
  const { owner, topic, member } = about;
  endsBehind(about, 'commit');
  await owner.begin(topic, ['lost']);
  expect(await failureOf(owner.commit())).toMatchObject({ ...ended, fatal: false, abortable: true });
  expect(await failureOf(owner.abort())).toMatchObject({ ...ended, fatal: true });
  member.readFrom(0);
  expect(await member.valuesWithin(1000)).toEqual([]);
});

test('a group that asks a coordinator in vain puts offsets off', async () => {
  const about = await stage();
  const { world, owner, topic, member } = about;
  const { cluster } = world;
  const place = { kind: 'transactions', transactionalId: 'owner' } as const;
  const { addOffsets } = cluster.transactions;
  cluster.transactions.addOffsets = (...of): void => {
    addOffsets.apply(cluster.transactions, of);
    cluster.moveCoordinator(place, 3 - cluster.nodeOf(place).id);
  };
  const beganMs = world.kernel.nowMs;
  await owner.producer.begin();
  await sendOffset(about);
  expect(world.kernel.nowMs - beganMs).toBeGreaterThanOrEqual(3000);
  await owner.commit();
  expect((await member.consumer.committed({ topic, partition: 0 }, 5000))?.offset).toBe(7);
});

test('offsets that a group has put off for longer than the call may take cost the transaction', async () => {
  const about = await stage();
  const { world, owner, topic } = about;
  const { cluster } = world;
  const place = { kind: 'group', groupId: 'g' } as const;
  await owner.begin(topic, ['lost']);
  cluster.moveCoordinator(place, cluster.nodeOf(place).id);
  const failure = await failureOf(sendOffset(about, 1000));
  expect(failure).toMatchObject({ code: 'COORDINATOR_LOAD_IN_PROGRESS', abortable: true, retriable: false });
  await owner.abort();
  await owner.producer.begin();
  await owner.producer.send(outputs(topic, ['kept']));
  await owner.commit();
});

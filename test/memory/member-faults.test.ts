// What each fault of a member does: to what it reads, and to what it hears of its group.

import { expect, test } from 'vitest';
import type { Rebalance } from '../../src/ports/kafka.js';
import { Member, Owner, together, valuesOf } from '../../src/testing/contracts/actors.js';
import { faultyMember, faultyWorld } from './faulty-world.js';

test('fetch-fails: a partition is silent for a while, and nothing is lost', async () => {
  const of = faultyWorld();
  const { member } = await faultyMember(of, { records: ['a', 'b'] });
  of.strike('fetch-fails', { ms: 5000 });
  member.readFrom(0);
  expect(await member.valuesWithin(4500)).toEqual([]);
  expect(await member.values(2)).toEqual(['a', 'b']);
});

test('E20, goes-silent: a partition is silent until it is rewound', async () => {
  const of = faultyWorld();
  const { topic, member } = await faultyMember(of, { records: ['a', 'b'] });
  of.strike('goes-silent');
  member.readFrom(0);
  expect(await member.valuesWithin(60_000)).toEqual([]);
  member.consumer.rewind({ topic, partition: 0, offset: 0 });
  expect(await member.values(2)).toEqual(['a', 'b']);
});

test('what its owner pauses while it is silent stays paused behind that, and what it resumes meanwhile stays silent', async () => {
  const of = faultyWorld();
  const { topic, member } = await faultyMember(of, { records: ['a'] });
  const partition = { topic, partition: 0 };
  of.strike('fetch-fails', { ms: 5000 });
  member.readFrom(0);
  member.consumer.pause([partition]);
  expect(await member.valuesWithin(6000)).toEqual([]);
  of.strike('empty-polls', { ms: 5000 });
  await member.poll();
  member.consumer.resume([partition]);
  expect(await member.valuesWithin(4500)).toEqual([]);
  expect(await member.values(1)).toEqual(['a']);
});

test('empty-polls: for a while no partition brings anything', async () => {
  const of = faultyWorld();
  const { topic, member, writer } = await faultyMember(of, { records: [], partitions: 2 });
  member.readFrom(0);
  of.strike('empty-polls', { ms: 5000 });
  await member.poll();
  const values = ['a', 'b'];
  await writer.write(
    topic,
    values.map((value, partition) => ({ value, partition })),
  );
  expect(await member.valuesWithin(4500)).toEqual([]);
  expect((await member.values(2)).toSorted()).toEqual(values);
});

test('small-poll: one record, though more are there', async () => {
  const of = faultyWorld();
  const { member } = await faultyMember(of, { records: ['a', 'b', 'c'] });
  member.readFrom(0);
  of.strike('small-poll', { times: 2 });
  const polls = [await member.poll(), await member.poll(), await member.poll()];
  expect(polls.map(valuesOf)).toEqual([['a'], ['b'], ['c']]);
});

test('notice: something is said in the middle of it', async () => {
  const of = faultyWorld();
  const said: string[] = [];
  const consumer = await of.kafka.openConsumer({
    groupId: of.world.unique('group'),
    topics: [await of.world.createTopic(1)],
    clientId: 'member',
    onRebalance: () => {},
    onNotice: ({ message }) => said.push(message),
  });
  of.strike('notice');
  await consumer.poll(1, 10);
  expect(said).toEqual(['1/1 brokers are down']);
});

test('event-late: an event is heard a turn behind the poll that it was raised in', async () => {
  const of = faultyWorld();
  of.strike('event-late');
  const events: Rebalance[] = [];
  const consumer = await of.kafka.openConsumer({
    groupId: of.world.unique('group'),
    topics: [await of.world.createTopic(1)],
    clientId: 'member',
    onRebalance: (event) => events.push(event),
    onNotice: () => {},
  });
  await consumer.poll(1, 60_000);
  expect(events).toEqual([]);
  await of.clock.turn();
  expect(events).toMatchObject([{ kind: 'assigned' }]);
  consumer.accept();
});

test('lost-as-revoked: what others may have already is taken like anything else', async () => {
  const of = faultyWorld();
  const { member } = await faultyMember(of, { records: [] });
  of.strike('lost-as-revoked');
  // Who does not poll is out of its group.
  expect(await of.isDoneWithin(400_000, new Promise(() => {}))).toBe(false);
  await member.pollUntil('it has lost them', () => member.owned.size === 0);
  expect(member.events.map(({ kind }) => kind)).toEqual(['assigned', 'revoked']);
});

test('generation-unheard: the group is shared anew, and a member that keeps what it has hears nothing of it', async () => {
  const of = faultyWorld();
  const { topic, groupId, member } = await faultyMember(of, { records: [] });
  of.strike('generation-unheard', { times: 10 });
  const other = await Member.open(of.world, of.calm, groupId, [topic]);
  await together([other, member], 'the other one has joined', () => other.events.length > 0);
  await member.valuesWithin(2000);
  expect(member.events.map(({ kind }) => kind)).toEqual(['assigned']);
  // It is a member all the same, under the new generation.
  const owner = await Owner.open(of.kafka, of.world.unique('owner'));
  await owner.producer.begin();
  await owner.sendOffsets(member.consumer, [{ topic, partition: 0, offset: 1, metadata: '' }]);
  await owner.commit();
});

test('comes-again: a batch is handed out twice, which no client may do', async () => {
  const of = faultyWorld();
  const { member } = await faultyMember(of, { records: ['a', 'b'] });
  member.readFrom(0);
  of.strike('comes-again');
  expect(await member.values(4)).toEqual(['a', 'b', 'a', 'b']);
});

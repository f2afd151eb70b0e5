// What each fault of a call does: to the brokers, and to whoever has made it.

import { expect, test } from 'vitest';
import { callMs, failureOf, outputs, valuesOf } from '../../src/testing/contracts/actors.js';
import { faultyMember, faultyWorld, ownerAndReader } from './faulty-world.js';

const hour = 3_600_000;

test('hangs: the call is not made, and never returns', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('hangs');
  const commit = owner.commit();
  expect(await of.isDoneWithin(hour, commit)).toBe(false);
  expect(await reader.valuesWithin(1000)).toEqual([]);
  // E8: it is disconnected when its call has returned.
  expect(await of.isDoneWithin(hour, owner.producer.close())).toBe(false);
});

test('hangs-though-done: the call is made, and never returns', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('hangs-though-done');
  const commit = owner.commit();
  expect(await reader.values(1)).toEqual(['a']);
  expect(await of.isDoneWithin(hour, commit)).toBe(false);
});

test('E4, made-late: the guard is asked when the call is made, not when it was wanted', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  const calledMs = of.clock.monotonicMs();
  let askedMs = 0;
  of.strike('made-late', { ms: 5000 });
  await owner.commit(() => (askedMs = of.clock.monotonicMs()));
  expect(askedMs - calledMs).toBe(5000);
  expect(await reader.values(1)).toEqual(['a']);
});

test('E2, made-late: who is closed while a call waits to be made does not make it', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('made-late', { ms: 5000 });
  const failed = failureOf(owner.commit());
  await owner.producer.close();
  expect(await failed).toMatchObject({ code: '_DESTROY' });
  expect(await reader.valuesWithin(5000)).toEqual([]);
});

test('answers-late: the call is made at once and answered long after its time', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  const calledMs = of.clock.monotonicMs();
  of.strike('answers-late', { ms: 20_000 });
  const commit = owner.commit();
  expect(await reader.values(1)).toEqual(['a']);
  expect(of.clock.monotonicMs() - calledMs).toBeLessThan(1000);
  await commit;
  expect(of.clock.monotonicMs() - calledMs).toBeGreaterThanOrEqual(20_000);
});

test('E8, timed-out-though-done: the same call again is told what the first one has done', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('timed-out-though-done');
  expect(await failureOf(owner.commit())).toMatchObject({ code: '_TIMED_OUT', retriable: true });
  expect(owner.producer.isTainted).toBe(true);
  await owner.commit();
  await owner.write(topic, ['b']);
  expect(await reader.values(2)).toEqual(['a', 'b']);
});

test('state-after-timeout: the same call again is not borne', async () => {
  const of = faultyWorld();
  const { topic, owner } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('state-after-timeout');
  expect(await failureOf(owner.abort())).toMatchObject({ code: '_TIMED_OUT', retriable: true });
  expect(await failureOf(owner.abort())).toMatchObject({
    code: '_STATE',
    retriable: false,
    abortable: false,
    fatal: false,
  });
});

test('timed-out: nothing is done, and the same call again does it', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('timed-out', { ms: 1000 });
  expect(await failureOf(owner.commit())).toMatchObject({ code: '_TIMED_OUT', retriable: true });
  expect(await reader.valuesWithin(1000)).toEqual([]);
  await owner.commit();
  expect(await reader.values(1)).toEqual(['a']);
});

test('timed-out: an answer that is not had is no answer', async () => {
  const of = faultyWorld();
  const { topic, member } = await faultyMember(of, { records: [] });
  const partition = { topic, partition: 0 };
  of.strike('timed-out', { ms: 1000 });
  expect(await failureOf(member.consumer.committed(partition, 1000))).toMatchObject({ code: '_TIMED_OUT' });
  expect(await member.consumer.committed(partition, 1000)).toBeUndefined();
});

test('illegal-generation: the offsets are refused though the member is one, and nothing is wrong with the producer', async () => {
  const of = faultyWorld();
  const { topic, member } = await faultyMember(of, { records: [] });
  const { owner } = await ownerAndReader(of);
  await owner.producer.begin();
  const offsets = [{ topic, partition: 0, offset: 7, metadata: '' }];
  of.strike('illegal-generation');
  const failure = await failureOf(owner.sendOffsets(member.consumer, offsets));
  expect(failure).toMatchObject({ code: 'ILLEGAL_GENERATION', abortable: true });
  expect(owner.producer.isTainted).toBe(false);
  await owner.abort();
  await owner.producer.begin();
  await owner.sendOffsets(member.consumer, offsets);
  await owner.commit();
  expect(await member.consumer.committed({ topic, partition: 0 }, 1000)).toMatchObject({ offset: 7 });
});

test('fatal-though-done: the transaction is committed, and its producer is beyond use', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('fatal-though-done');
  expect(await failureOf(owner.commit())).toMatchObject({ fatal: true });
  expect(await reader.values(1)).toEqual(['a']);
});

test('E9, fenced-by-nobody: it is fenced, and nobody was there', async () => {
  const of = faultyWorld();
  const { topic, owner, reader } = await ownerAndReader(of);
  await owner.begin(topic, ['a']);
  of.strike('fenced-by-nobody');
  expect(await failureOf(owner.commit())).toMatchObject({ code: '_FENCED', fenced: true, fatal: true });
  expect(await reader.valuesWithin(1000)).toEqual([]);
});

test('E7, late-taint: a lost connection is heard two turns behind the end of its transaction', async () => {
  const lost = { left: 1 };
  const of = faultyWorld((_, api) => (api === 'Produce' && lost.left-- > 0 ? { kind: 'unanswered' } : undefined));
  const topic = await of.world.createTopic(1);
  const producer = await of.kafka.openProducer({
    kind: 'transactional',
    transactionalId: of.world.unique('owner') as never,
    clientId: 'owner',
  });
  await producer.init(callMs);
  await producer.begin();
  await producer.send(outputs(topic, ['a']));
  of.strike('late-taint');
  await producer.commit(callMs, () => {});
  expect(producer.isTainted).toBe(false);
  await of.clock.turn();
  expect(producer.isTainted).toBe(false);
  await of.clock.turn();
  expect(producer.isTainted).toBe(true);
});

test('slow-poll: what it has taken is handed out later', async () => {
  const of = faultyWorld();
  const { member } = await faultyMember(of, { records: ['a'] });
  member.readFrom(0);
  const polledMs = of.clock.monotonicMs();
  of.strike('slow-poll', { ms: 3000, times: 100 });
  expect(valuesOf(await member.consumer.poll(1000, 100))).toEqual(['a']);
  expect(of.clock.monotonicMs() - polledMs).toBeGreaterThanOrEqual(3000);
});

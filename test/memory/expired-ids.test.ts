// What brokers forget: transactional ids and producers that were idle for long. As seen on the real broker with an expiration of
// two seconds: the next transaction is refused, its abort gets the client another producer id, and the one after it is well.

import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { text } from '../../src/codecs/text.js';
import { processor } from '../../src/dsl/processor.js';
import { topic } from '../../src/dsl/topic.js';
import type { Fact } from '../../src/engine/facts.js';
import { failureOf, Member, Owner } from '../../src/testing/contracts/actors.js';
import { Rig } from '../../src/testing/rig.js';
import { type ModelWorld, modelWorld } from '../contracts/model-world.js';

function quickToForget(): ModelWorld {
  const world = modelWorld(1, { transactionalIdExpirationMs: 2000, producerIdExpirationMs: 2000 });
  onTestFinished(() => world.close());
  return world;
}

test('an id that has expired costs one transaction: its abort makes the producer another one', async () => {
  const world = quickToForget();
  const topic = await world.createTopic(1);
  const owner = await Owner.open(await world.client(), 'owner');
  await owner.write(topic, ['a']);
  await world.kernel.wait(3000);
  await owner.begin(topic, ['lost']);
  const failure = await failureOf(owner.commit());
  expect(failure).toMatchObject({ code: 'INVALID_PRODUCER_ID_MAPPING', abortable: true, fatal: false, fenced: false });
  await owner.abort();
  await owner.write(topic, ['b']);
  const reader = await Member.join(world, await world.client(), { groupId: 'g', topics: [topic], partitions: 1 });
  reader.readFrom(0);
  expect(await reader.values(2)).toEqual(['a', 'b']);
});

test('also where the offsets come first', async () => {
  const world = quickToForget();
  const topic = await world.createTopic(1);
  const kafka = await world.client();
  const owner = await Owner.open(kafka, 'owner');
  const { consumer } = await Member.join(world, kafka, { groupId: 'g', topics: [topic], partitions: 1 });
  await owner.write(topic, ['a']);
  await world.kernel.wait(3000);
  await owner.producer.begin();
  const offset = { topic, partition: 0, offset: 1, metadata: '' };
  const failure = await failureOf(owner.sendOffsets(consumer, [offset]));
  expect(failure).toMatchObject({ code: 'INVALID_PRODUCER_ID_MAPPING', abortable: true, fatal: false });
  await owner.abort();
  await owner.producer.begin();
  await owner.sendOffsets(consumer, [offset]);
  await owner.commit();
  expect((await consumer.committed(offset, 5000))?.offset).toBe(1);
});

test('the successor of an id that has expired has another producer id, and its predecessor stays out', async () => {
  const world = quickToForget();
  const topic = await world.createTopic(1);
  const old = await Owner.open(await world.client(), 'owner');
  await old.write(topic, ['a']);
  await world.kernel.wait(3000);
  const next = await Owner.open(await world.client(), 'owner');
  await next.write(topic, ['b']);
  await old.begin(topic, ['lost']);
  expect((await failureOf(old.commit())).code).toBe('INVALID_PRODUCER_ID_MAPPING');
  await next.write(topic, ['c']);
});

test('a processor whose ids expire while it is idle goes on with other producers, and loses nothing', async () => {
  const rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: Date.UTC(2026, 0, 1) });
  const { kernel, cluster } = rig;
  const [input, output] = [topic('in', codecs), topic('out', codecs)];
  const { topology } = processor({
    name: 'copy',
    input,
    outputs: { output },
    handle: (record, { out }) => out.output(record.key, record.value),
  });
  for (const name of ['in', 'out']) cluster.createTopic(name, 1);
  const facts: Fact[] = [];
  const { process } = rig.start({ name: 'a', topologies: [topology], onFact: (fact) => facts.push(fact) });
  const copied = (): number => cluster.log({ topic: 'out', partition: 0 }).read(everything).records.length;
  for (const [i, value] of ['a', 'b', 'c'].entries()) {
    cluster.produce({ topic: 'in', partition: 0 }, [
      { timestamp: kernel.wallMs, key: bytes('k'), value: bytes(value), headers: new Uint8Array(0) },
    ]);
    const untilMs = kernel.nowMs + 60_000;
    while (copied() <= i || cluster.transactions.open.length > 0) {
      expect(kernel.nowMs).toBeLessThan(untilMs);
      if (!(await kernel.step())) await kernel.turn();
    }
    cluster.expireIds();
  }
  // One for each time that it was forgotten and then needed.
  expect(facts.filter(({ fact }) => fact === 'producer-replaced').length).toBe(2);
  expect(facts.filter(({ fact }) => fact === 'integrity-alarm')).toEqual([]);
  kernel.kill(process);
});

const codecs = { key: text(), value: text() };
const bytes = (part: string): Uint8Array => new TextEncoder().encode(part);
const everything = { offset: 0, recordsMax: 10, isCommitted: true };

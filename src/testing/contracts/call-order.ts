// Which calls of a transactional producer are taken when, and what those that come at the wrong time leave behind: nothing.

import assert from 'node:assert/strict';
import type { KafkaError } from '../../ports/kafka.js';
import { callMs, failureOf, Owner, outputs } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase } from './world.js';

/** The calls that belong into a transaction. */
function callsInside({ topic, first, reader }: Stage, owner: Owner): Readonly<Record<string, () => Promise<void>>> {
  return {
    send: () => owner.producer.send(outputs(topic, ['lost'])),
    sendOffsets: () => owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]),
    commit: () => owner.commit(),
    abort: () => owner.abort(),
  };
}

/** What is wrong with the call is wrong with the call alone. */
function isOutOfOrder(name: string, { code, retriable, abortable, fenced, fatal }: KafkaError): void {
  assert.deepEqual(
    { name, code, retriable, abortable, fenced, fatal },
    { name, code: '_STATE', retriable: false, abortable: false, fenced: false, fatal: false },
  );
}

async function worksStill({ reader, topic, first }: Stage, owner: Owner): Promise<void> {
  await owner.write(topic, ['kept']);
  reader.readFrom(0);
  assert.deepEqual(await reader.values(1), ['kept']);
  assert.equal(await reader.consumer.committed(first, callMs), undefined);
}

/** A transaction that its group has refused: what stands beside its offset is too long. */
async function refused({ topic, first, reader, owner }: Stage): Promise<KafkaError> {
  await owner.begin(topic, ['lost']);
  return failureOf(owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: 'x'.repeat(5000) }]));
}

export const callOrderCases: readonly ContractCase[] = [
  {
    name: 'before init no call of a transaction is taken; init makes good for that',
    async run(world) {
      const stage = await setStage(world);
      const owner = await Owner.connect(stage.kafka, world.unique('owner'));
      const calls = { begin: () => owner.producer.begin(), ...callsInside(stage, owner) };
      for (const [name, call] of Object.entries(calls)) isOutOfOrder(name, await failureOf(call()));
      await owner.producer.init(callMs);
      await worksStill(stage, owner);
    },
  },
  {
    name: 'without begin there is no transaction to send in, to commit or to abort',
    async run(world) {
      const stage = await setStage(world);
      for (const [name, call] of Object.entries(callsInside(stage, stage.owner)))
        isOutOfOrder(name, await failureOf(call()));
      await worksStill(stage, stage.owner);
    },
  },
  {
    name: 'a second begin is refused, and the first one’s transaction goes on',
    async run(world) {
      const stage = await setStage(world);
      await stage.owner.begin(stage.topic, ['a']);
      isOutOfOrder('begin', await failureOf(stage.owner.producer.begin()));
      await stage.owner.commit();
      stage.reader.readFrom(0);
      assert.deepEqual(await stage.reader.values(1), ['a']);
    },
  },
  {
    name: 'what is committed cannot be committed again, nor aborted',
    async run(world) {
      const stage = await setStage(world);
      await stage.owner.write(stage.topic, ['a']);
      isOutOfOrder('commit', await failureOf(stage.owner.commit()));
      isOutOfOrder('abort', await failureOf(stage.owner.abort()));
      await stage.owner.write(stage.topic, ['b']);
      stage.reader.readFrom(0);
      assert.deepEqual(await stage.reader.values(2), ['a', 'b']);
    },
  },
  {
    name: 'what is aborted cannot be aborted again, nor committed',
    async run(world) {
      const stage = await setStage(world);
      await stage.owner.begin(stage.topic, ['lost']);
      await stage.owner.abort();
      isOutOfOrder('abort', await failureOf(stage.owner.abort()));
      isOutOfOrder('commit', await failureOf(stage.owner.commit()));
      await worksStill(stage, stage.owner);
    },
  },
  {
    name: 'records can follow offsets into the same transaction',
    async run(world) {
      const { owner, reader, topic, first } = await setStage(world);
      await owner.producer.begin();
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]);
      await owner.producer.send(outputs(topic, ['a']));
      await owner.commit();
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
      assert.equal((await reader.consumer.committed(first, callMs))?.offset, 7);
    },
  },
  {
    name: 'no records and no offsets can be sent, which changes nothing',
    async run(world) {
      const { owner, reader, topic, first } = await setStage(world);
      await owner.begin(topic, []);
      await owner.sendOffsets(reader.consumer, []);
      await owner.commit();
      assert.deepEqual(await reader.consumer.committed(first, callMs), undefined);
    },
  },
  {
    name: 'a transaction that its group refused can only be aborted: every other call says why',
    async run(world) {
      const stage = await setStage(world);
      const { owner } = stage;
      const why = await refused(stage);
      assert.ok(why.abortable && !why.fatal && !why.retriable, why.message);
      for (const call of [() => owner.commit(), () => owner.commit()]) {
        const failure = await failureOf(call());
        assert.equal(failure.code, why.code);
        assert.ok(failure.abortable, failure.message);
      }
      assert.equal((await failureOf(owner.producer.begin())).code, why.code);
      isOutOfOrder('send', await failureOf(owner.producer.send(outputs(stage.topic, ['lost']))));
      await owner.abort();
      await worksStill(stage, owner);
    },
  },
  {
    name: 'what was sent is a copy: the batch can be written over at once',
    async run(world) {
      const { owner, reader, topic } = await setStage(world);
      const batch = outputs(topic, ['a', 'b']);
      await owner.producer.begin();
      await owner.producer.send(batch);
      batch.sink.bytes.fill('x'.charCodeAt(0));
      batch.clear();
      await owner.commit();
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
    },
  },
];

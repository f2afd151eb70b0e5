// Calls whose time is over before they are through (E8), what a producer says of itself then (E7), and the guard before each (E4).

import assert from 'node:assert/strict';
import type { Guard, KafkaError } from '../../ports/kafka.js';
import { callMs, eventually, failureOf, hasReached, Owner, outputs } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase, ContractWorld } from './world.js';

const agrees: Guard = () => {};
const refuses: Guard = () => {
  throw new Error('not mine any more');
};

/**
 * Ends transactions that are given next to no time for it, until one is not through by then: now and then brokers are that quick. With
 * no time at all librdkafka may give up before it has begun, and then takes one call's answer for the other's: the call made again
 * fails with _STATE, or ends the process.
 */
async function endInNoTime(
  { owner }: Stage,
  fill: () => Promise<void>,
  end: (timeoutMs: number) => Promise<void>,
): Promise<{ readonly failure: KafkaError; readonly rounds: number }> {
  for (let rounds = 1; ; rounds++) {
    await owner.producer.begin();
    await fill();
    const failure = await end(1).then(
      () => undefined,
      (error: unknown) => error as KafkaError,
    );
    if (failure) return { failure, rounds };
  }
}

function commitInNoTime(stage: Stage, fill: () => Promise<void>, guard: Guard = agrees) {
  return endInNoTime(stage, fill, (timeoutMs) => stage.owner.producer.commit(timeoutMs, guard));
}

async function abortInNoTime(world: ContractWorld, stage: Stage): Promise<KafkaError> {
  const { kafka, owner, topic } = stage;
  let reached = 1;
  const fill = async (): Promise<void> => {
    await owner.producer.send(outputs(topic, ['lost']));
    await hasReached(world, kafka, topic, reached);
    reached += 2;
  };
  const { failure } = await endInNoTime(stage, fill, (timeoutMs) => owner.producer.abort(timeoutMs));
  return failure;
}

const timedOut = { code: '_TIMED_OUT', retriable: true };

export const resumingCases: readonly ContractCase[] = [
  {
    name: 'E8: an init whose time is over is made again, and goes on',
    async run(world) {
      const { kafka, topic, reader } = await setStage(world);
      const owner = await Owner.connect(kafka, world.unique('owner'));
      const { code, retriable } = await failureOf(owner.producer.init(0));
      assert.deepEqual({ code, retriable }, timedOut);
      await owner.producer.init(callMs);
      await owner.write(topic, ['a']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'E8: a commit whose time is over is made again: its records and its offset are there, once',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic, first, reader } = stage;
      const { failure, rounds } = await commitInNoTime(stage, async () => {
        await owner.sendOffsets(reader.consumer, [{ ...first, offset: 7, metadata: '' }]);
        await owner.producer.send(outputs(topic, ['a']));
      });
      const { code, retriable } = failure;
      assert.deepEqual({ code, retriable }, timedOut);
      await owner.commit();
      await owner.write(topic, ['b']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(rounds + 1), [...Array<string>(rounds).fill('a'), 'b']);
      assert.equal((await reader.consumer.committed(first, callMs))?.offset, 7);
    },
  },
  {
    name: 'E8: an abort whose time is over is made again, and nothing stays',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic, reader } = stage;
      const { code, retriable } = await abortInNoTime(world, stage);
      assert.deepEqual({ code, retriable }, timedOut);
      await owner.abort();
      await owner.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E8: until a commit that was begun is through, no other call is taken',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic, reader } = stage;
      const { rounds } = await commitInNoTime(stage, () => owner.producer.send(outputs(topic, ['a'])));
      for (const call of [() => owner.abort(), () => owner.producer.begin()])
        assert.equal((await failureOf(call())).code, '_CONFLICT');
      await owner.commit();
      reader.readFrom(0);
      assert.deepEqual(await reader.values(rounds), Array<string>(rounds).fill('a'));
    },
  },
  {
    name: 'E8: until an abort that was begun is through, nothing is committed',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic, reader } = stage;
      await abortInNoTime(world, stage);
      assert.equal((await failureOf(owner.commit())).code, '_CONFLICT');
      await owner.abort();
      await owner.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E8: a commit whose time was over while its records were on their way is not finished by itself',
    async run(world) {
      const { kafka, owner, id, topic, first, reader } = await setStage(world);
      await owner.begin(topic, ['lost']);
      await failureOf(owner.producer.commit(0, agrees));
      await hasReached(world, kafka, topic, 1);
      const failure = await failureOf(owner.commit(refuses));
      assert.equal(failure.message, 'not mine any more');
      assert.deepEqual(await kafka.offsetRanges([first]), [{ low: 0, stable: 0 }]);
      const next = await Owner.open(await world.client(), id);
      await next.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E4: the guard is asked before each call, also before one that is made again',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic, first, reader } = stage;
      let asked = 0;
      const guard: Guard = () => void asked++;
      const fill = async (): Promise<void> => {
        await owner.sendOffsets(reader.consumer, [{ ...first, offset: 1, metadata: '' }], guard);
        await owner.producer.send(outputs(topic, ['a']));
      };
      const { rounds } = await commitInNoTime(stage, fill, guard);
      assert.equal(asked, 2 * rounds);
      await owner.commit(guard);
      assert.equal(asked, 2 * rounds + 1);
    },
  },
  {
    name: 'E4: what the guard has thrown costs the transaction nothing: the same call can be made again',
    async run(world) {
      const { owner, topic, first, reader } = await setStage(world);
      await owner.begin(topic, ['a']);
      const offsets = [{ ...first, offset: 1, metadata: '' }];
      await failureOf(owner.sendOffsets(reader.consumer, offsets, refuses));
      await owner.sendOffsets(reader.consumer, offsets);
      await failureOf(owner.commit(refuses));
      await owner.commit();
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
      assert.equal((await reader.consumer.committed(first, callMs))?.offset, 1);
    },
  },
  {
    name: 'E7: a producer of which nothing has failed is not tainted',
    async run(world) {
      const { owner, topic, first, reader } = await setStage(world);
      for (let round = 0; round < 3; round++) {
        await owner.begin(topic, ['a']);
        await owner.sendOffsets(reader.consumer, [{ ...first, offset: round, metadata: '' }]);
        await owner.commit();
        await owner.begin(topic, ['lost']);
        await owner.abort();
      }
      await world.clock.turn();
      await world.clock.turn();
      assert.equal(owner.producer.isTainted, false);
    },
  },
  {
    name: 'E7: a producer one of whose calls had no answer in time is tainted, and stays so',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic } = stage;
      await commitInNoTime(stage, () => owner.producer.send(outputs(topic, ['a'])));
      await eventually(world.clock, 'it is tainted', () => Promise.resolve(owner.producer.isTainted));
      await owner.commit();
      assert.equal(owner.producer.isTainted, true);
    },
  },
  {
    name: 'E7: a producer that was fenced is tainted',
    async run(world) {
      const { owner, id, topic } = await setStage(world);
      await Owner.open(await world.client(), id);
      await failureOf(owner.write(topic, ['lost']));
      await eventually(world.clock, 'it is tainted', () => Promise.resolve(owner.producer.isTainted));
    },
  },
];

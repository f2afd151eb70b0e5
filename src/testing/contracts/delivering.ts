// What is sent outside transactions.

import assert from 'node:assert/strict';
import { DeliveryError, type Producer } from '../../ports/kafka.js';
import { callMs, failureOf, noise, outputs, type SentText } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase, ContractWorld } from './world.js';

async function open(world: ContractWorld, { kafka }: Stage): Promise<Producer> {
  const producer = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
  await producer.init(callMs);
  return producer;
}

async function refusalOf(
  producer: Producer,
  topic: string,
  records: readonly (SentText | string)[],
  timeoutMs = callMs,
): Promise<DeliveryError> {
  const failure = await failureOf(producer.deliver(outputs(topic, records), timeoutMs));
  assert.ok(failure instanceof DeliveryError, failure.message);
  return failure;
}

export const deliveringCases: readonly ContractCase[] = [
  {
    name: 'what was delivered is there when deliver resolves, in its order',
    async run(world) {
      const stage = await setStage(world);
      const { kafka, topic, first, reader } = stage;
      const producer = await open(world, stage);
      await producer.deliver(outputs(topic, ['a', 'b', 'c']), callMs);
      assert.deepEqual(await kafka.offsetRanges([first]), [{ low: 0, stable: 3 }]);
      await producer.deliver(outputs(topic, ['d']), callMs);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(4), ['a', 'b', 'c', 'd']);
    },
  },
  {
    name: 'nothing is delivered at once',
    async run(world) {
      const stage = await setStage(world);
      const producer = await open(world, stage);
      await producer.deliver(outputs(stage.topic, []), callMs);
      assert.deepEqual(await stage.kafka.highWatermarks([stage.first]), [0]);
    },
  },
  {
    name: 'records too large for the brokers are refused by name; those beside them are acknowledged and counted',
    async run(world) {
      const stage = await setStage(world);
      const { topic, reader } = stage;
      const producer = await open(world, stage);
      const refusal = await refusalOf(producer, topic, ['a', noise(1_200_000), 'b']);
      const { code, retriable, abortable, fatal } = refusal;
      assert.deepEqual(
        { code, retriable, abortable, fatal },
        { code: 'MSG_SIZE_TOO_LARGE', retriable: false, abortable: false, fatal: false },
      );
      assert.equal(refusal.acknowledged, 2);
      await producer.deliver(outputs(topic, ['c']), callMs);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(3), ['a', 'b', 'c']);
    },
  },
  {
    name: 'a record that is refused takes none with it of those that were acknowledged before',
    async run(world) {
      const stage = await setStage(world);
      const { topic, reader } = stage;
      const producer = await open(world, stage);
      await producer.deliver(outputs(topic, ['a']), callMs);
      await refusalOf(producer, topic, [{ value: 'lost', partition: 7 }]);
      await producer.deliver(outputs(topic, ['b']), callMs);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
    },
  },
  {
    name: 'what no broker has taken in time is not acknowledged',
    async run(world) {
      const stage = await setStage(world);
      const producer = await open(world, stage);
      const refusal = await refusalOf(producer, world.unique('nowhere'), ['lost'], 500);
      assert.equal(refusal.acknowledged, 0);
    },
  },
  {
    name: 'an idempotent producer takes no call of a transaction',
    async run(world) {
      const stage = await setStage(world);
      const { topic, first, reader } = stage;
      const producer = await open(world, stage);
      for (const call of [
        () => producer.begin(),
        () => producer.send(outputs(topic, ['lost'])),
        () => producer.sendOffsets([{ ...first, offset: 7, metadata: '' }], reader.consumer, callMs, () => {}),
        () => producer.commit(callMs, () => {}),
        () => producer.abort(callMs),
      ])
        assert.equal((await failureOf(call())).code, '_STATE');
      await producer.deliver(outputs(topic, ['a']), callMs);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
];

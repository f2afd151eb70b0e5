// What a client knows of the cluster.

import assert from 'node:assert/strict';
import { DeliveryError } from '../../ports/kafka.js';
import { eventually, failureOf, hasReached, Owner, outputs } from './actors.js';
import type { ContractCase } from './world.js';

export const clusterCases: readonly ContractCase[] = [
  {
    name: 'topics are described by their partitions and ids; one that is not there is missing',
    async run(world) {
      const kafka = await world.client();
      const [one, other] = [await world.createTopic(3), await world.createTopic(1)];
      const found = await kafka.describeTopics([one, other, world.unique('nowhere')]);
      assert.deepEqual([...found.keys()].sort(), [one, other].sort());
      assert.equal(found.get(one)?.partitions, 3);
      assert.notEqual(found.get(one)?.id, undefined);
      assert.notEqual(found.get(one)?.id, found.get(other)?.id);
      assert.equal(found.get(one)?.mayRead, true);
    },
  },
  {
    name: 'ranges and watermarks come in the order asked, of empty partitions, too',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(3);
      const owner = await Owner.open(kafka, world.unique('owner'));
      await owner.write(topic, [{ value: 'a', partition: 1 }]);
      const partitions = [2, 1, 0].map((partition) => ({ topic, partition }));
      // The marker comes a moment after the commit.
      await eventually(world.clock, 'the marker is there', async () => {
        const [, high] = await kafka.highWatermarks(partitions);
        return high === 2;
      });
      assert.deepEqual(await kafka.highWatermarks(partitions), [0, 2, 0]);
      assert.deepEqual(await kafka.offsetRanges(partitions), [
        { low: 0, stable: 0 },
        { low: 0, stable: 2 },
        { low: 0, stable: 0 },
      ]);
    },
  },
  {
    name: 'the stable end waits for an open transaction, the high watermark does not',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(1);
      const partition = { topic, partition: 0 };
      const owner = await Owner.open(kafka, world.unique('owner'));
      await owner.write(topic, ['a']);
      await owner.begin(topic, ['b', 'c']);
      await hasReached(world, kafka, topic, 4);
      assert.deepEqual(await kafka.offsetRanges([partition]), [{ low: 0, stable: 2 }]);
      assert.deepEqual(await kafka.highWatermarks([partition]), [4]);
      await owner.abort();
      await eventually(world.clock, 'it is aborted', async () => {
        const [range] = await kafka.offsetRanges([partition]);
        return range?.stable === 5;
      });
    },
  },
  {
    name: 'a partition that is not there is an error, not an empty one',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(1);
      const failure = await failureOf(kafka.offsetRanges([{ topic, partition: 7 }]));
      assert.equal(failure.name, 'KafkaError');
    },
  },
  {
    name: 'brokers check which partitions belong to a transaction',
    async run(world) {
      const kafka = await world.client();
      await kafka.describeTopics([await world.createTopic(1)]);
      assert.equal(kafka.verifiesTransactions(), true);
    },
  },
  {
    name: 'a record for a partition that is not there is refused, outside transactions and in one',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(1);
      const nowhere = [{ value: 'a', partition: 7 }];
      const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await idempotent.init(5000);
      assert.equal((await failureOf(idempotent.deliver(outputs(topic, nowhere), 5000))).name, 'KafkaError');
      const owner = await Owner.open(kafka, world.unique('owner'));
      const failure = await failureOf(owner.write(topic, nowhere));
      assert.equal(failure.name, 'KafkaError');
    },
  },
  {
    name: 'what is refused outside transactions says how many records were acknowledged, and those are there',
    async run(world) {
      const kafka = await world.client();
      const topic = await world.createTopic(1);
      const idempotent = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await idempotent.init(5000);
      const before = Array.from({ length: 200 }, (_, i) => String(i));
      const sent = [...before, { value: 'refused', partition: 7 }, 'behind'];
      const failure = await failureOf(idempotent.deliver(outputs(topic, sent), 5000));
      assert.ok(failure instanceof DeliveryError, `${failure.name} ${failure.message}`);
      // A client that finds out before it sends anything sends nothing that stands behind the refused record.
      assert.ok([200, 201].includes(failure.acknowledged), `${failure.acknowledged} acknowledged`);
      assert.deepEqual(await kafka.highWatermarks([{ topic, partition: 0 }]), [failure.acknowledged]);
    },
  },
  {
    name: 'who asks about nothing is answered with nothing',
    async run(world) {
      const kafka = await world.client();
      assert.deepEqual([...(await kafka.describeTopics([]))], []);
      assert.deepEqual(await kafka.offsetRanges([]), []);
      assert.deepEqual(await kafka.highWatermarks([]), []);
    },
  },
];

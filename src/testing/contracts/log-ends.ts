// How far a log reaches: what each transaction leaves behind its records, and where readers stand then (E12).

import assert from 'node:assert/strict';
import { eventually, hasReached, Owner, outputs, valuesOf } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase, ContractWorld } from './world.js';

/** When the stable end has come there, the high watermark is there, too. */
async function endsAt(world: ContractWorld, { kafka, first }: Stage, end: number): Promise<void> {
  await eventually(world.clock, `the log ends at ${end}`, async () => {
    const [range] = await kafka.offsetRanges([first]);
    return range?.stable === end;
  });
  assert.deepEqual(await kafka.highWatermarks([first]), [end]);
}

export const logEndCases: readonly ContractCase[] = [
  {
    name: 'a commit and an abort leave one marker each',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic } = stage;
      await owner.write(topic, ['a', 'b']);
      await endsAt(world, stage, 3);
      await owner.begin(topic, ['c']);
      await owner.abort();
      await endsAt(world, stage, 5);
    },
  },
  {
    name: 'a transaction without records leaves nothing',
    async run(world) {
      const stage = await setStage(world);
      const { owner, topic } = stage;
      await owner.producer.begin();
      await owner.commit();
      await owner.producer.begin();
      await owner.abort();
      await owner.write(topic, ['a']);
      await endsAt(world, stage, 2);
    },
  },
  {
    name: 'a transaction of offsets alone leaves nothing in the topic',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, topic, first } = stage;
      await owner.producer.begin();
      await owner.sendOffsets(reader.consumer, [{ ...first, offset: 0, metadata: '' }]);
      await owner.commit();
      await owner.write(topic, ['a']);
      await endsAt(world, stage, 2);
    },
  },
  {
    name: 'a marker is in each partition that was written to, and in no other one',
    async run(world) {
      const { kafka, owner, topic } = await setStage(world, 3);
      await owner.write(topic, [{ value: 'a' }, { value: 'b', partition: 2 }, { value: 'c', partition: 2 }]);
      const partitions = [0, 1, 2].map((partition) => ({ topic, partition }));
      await eventually(world.clock, 'the markers are there', async () => {
        const highs = await kafka.highWatermarks(partitions);
        return highs.join() === '2,0,3';
      });
    },
  },
  {
    name: 'what is delivered outside transactions leaves no marker',
    async run(world) {
      const stage = await setStage(world);
      const producer = await stage.kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await producer.init(5000);
      await producer.deliver(outputs(stage.topic, ['a', 'b', 'c']), 5000);
      await endsAt(world, stage, 3);
    },
  },
  {
    name: 'what is delivered behind an open transaction waits with it',
    async run(world) {
      const stage = await setStage(world);
      const { kafka, owner, reader, topic, first } = stage;
      await owner.begin(topic, ['a']);
      await hasReached(world, kafka, topic, 1);
      const producer = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await producer.init(5000);
      await producer.deliver(outputs(topic, ['b']), 5000);
      assert.deepEqual(await kafka.offsetRanges([first]), [{ low: 0, stable: 0 }]);
      assert.deepEqual(await kafka.highWatermarks([first]), [2]);
      await owner.abort();
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['b']);
    },
  },
  {
    name: 'the stable end is where the first of several open transactions begins',
    async run(world) {
      const stage = await setStage(world);
      const { kafka, owner, topic, first } = stage;
      const other = await Owner.open(kafka, world.unique('other'));
      await owner.begin(topic, ['a', 'b']);
      await hasReached(world, kafka, topic, 2);
      await other.begin(topic, ['c']);
      await hasReached(world, kafka, topic, 3);
      await other.commit();
      await hasReached(world, kafka, topic, 4);
      assert.deepEqual(await kafka.offsetRanges([first]), [{ low: 0, stable: 0 }]);
      await other.begin(topic, ['d']);
      await hasReached(world, kafka, topic, 5);
      await owner.commit();
      await eventually(world.clock, 'the second one is the first', async () => {
        const [range] = await kafka.offsetRanges([first]);
        return range?.stable === 4;
      });
      await other.abort();
      await endsAt(world, stage, 7);
    },
  },
  {
    name: 'behind aborted transactions alone nothing is read, and the next record has the next offset',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, topic } = stage;
      for (const value of ['x', 'y']) {
        await owner.begin(topic, [value]);
        await owner.abort();
      }
      await endsAt(world, stage, 4);
      reader.readFrom(0);
      assert.deepEqual(await reader.valuesWithin(200), []);
      await owner.write(topic, ['a']);
      const batches = await reader.take(1);
      assert.deepEqual(valuesOf(batches), ['a']);
      assert.deepEqual([...(batches[0]?.columns.offset ?? [])], [4]);
    },
  },
  {
    name: 'E12: a batch that ends before aborted records and markers ends behind its last record at least, before the next at most',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, topic } = stage;
      await owner.write(topic, ['a']);
      await owner.begin(topic, ['lost']);
      await owner.abort();
      await owner.write(topic, ['b']);
      await endsAt(world, stage, 6);
      reader.readFrom(0);
      let end = 0;
      for (const offset of [0, 4]) {
        let batch: Awaited<ReturnType<typeof reader.poll>>[number] | undefined;
        while (batch === undefined) [batch] = await reader.poll(1);
        assert.deepEqual([...batch.columns.offset], [offset]);
        assert.ok(batch.endPosition > offset && batch.endPosition >= end, `${batch.endPosition}`);
        end = batch.endPosition;
        if (offset === 0) assert.ok(end <= 4, `${end}`);
      }
    },
  },
  {
    name: 'a transaction that is aborted because its time is over leaves a marker',
    async run(world) {
      const stage = await setStage(world);
      const kafka = await world.client({ transactionTimeoutMs: 1000 });
      const other = await Owner.open(kafka, world.unique('other'));
      await other.begin(stage.topic, ['lost']);
      await hasReached(world, kafka, stage.topic, 1);
      await endsAt(world, stage, 2);
    },
  },
];

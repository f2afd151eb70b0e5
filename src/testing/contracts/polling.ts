// What a poll gives out: how much, of which partitions, when, and where the reader stands then.

import assert from 'node:assert/strict';
import type { RecordBatch } from '../../ports/record-batch.js';
import { eventually, failureOf, hasReached, valuesOf } from './actors.js';
import { digits, fill, type Stage, setStage } from './stage.js';
import type { ContractCase } from './world.js';

/** Polls of so many records each, until so many have come. */
async function pollAll({ reader }: Stage, recordsMax: number, count: number): Promise<readonly RecordBatch[][]> {
  const polls: RecordBatch[][] = [];
  let records = 0;
  await reader.pollUntil('it reads', () => true);
  while (records < count) {
    const batches = await reader.poll(recordsMax, 2000);
    assert.ok(batches.length > 0, `only ${records} of ${count} records came`);
    polls.push([...batches]);
    for (const { length } of batches) records += length;
  }
  return polls;
}

export const pollingCases: readonly ContractCase[] = [
  {
    name: 'polls for one record give out each record once',
    async run(world) {
      const stage = await setStage(world);
      await fill(stage, 1);
      stage.reader.readFrom(0);
      const polls = await pollAll(stage, 1, 10);
      assert.deepEqual(polls.flatMap(valuesOf), digits);
    },
  },
  {
    name: 'what a poll gives out of several partitions is one batch of each, and together no more than was asked for',
    async run(world) {
      const stage = await setStage(world, 3);
      await fill(stage, 3);
      stage.reader.readFrom(0);
      const polls = await pollAll(stage, 7, 30);
      const found = new Map<number, string[]>();
      for (const batches of polls) {
        assert.equal(new Set(batches.map(({ partition }) => partition)).size, batches.length);
        assert.ok(batches.every(({ length }) => length > 0));
        assert.ok(valuesOf(batches).length <= 7, `${valuesOf(batches).length} at once`);
        for (const batch of batches)
          found.set(batch.partition, [...(found.get(batch.partition) ?? []), ...(valuesOf([batch]) as string[])]);
      }
      assert.deepEqual(new Set(found.keys()), new Set([0, 1, 2]));
      for (const values of found.values()) assert.deepEqual(values, digits);
    },
  },
  {
    name: 'a poll ends when a record comes, not when its time is over',
    async run(world) {
      const { owner, reader, topic } = await setStage(world);
      reader.readFrom(0);
      await reader.poll();
      const sinceMs = world.clock.monotonicMs();
      const polling = reader.consumer.poll(10, 20_000);
      await owner.write(topic, ['a']);
      assert.deepEqual(valuesOf(await polling), ['a']);
      assert.ok(world.clock.monotonicMs() - sinceMs < 10_000);
    },
  },
  {
    name: 'a poll can have no time at all',
    async run(world) {
      const { owner, reader, topic } = await setStage(world);
      reader.readFrom(0);
      await owner.write(topic, ['a']);
      const taken: (string | null)[] = [];
      await eventually(world.clock, 'the record comes', async () => {
        taken.push(...valuesOf(await reader.consumer.poll(10, 0)));
        return taken.length > 0;
      });
      assert.deepEqual(taken, ['a']);
    },
  },
  {
    name: 'E3: one poll at a time: a second one is refused, and the first one goes on',
    async run(world) {
      const { owner, reader, topic } = await setStage(world);
      reader.readFrom(0);
      await reader.poll();
      const polling = reader.consumer.poll(10, 20_000);
      assert.match((await failureOf(reader.consumer.poll(10, 0))).message, /E3/);
      await owner.write(topic, ['a']);
      assert.deepEqual(valuesOf(await polling), ['a']);
    },
  },
  {
    name: 'E12: a batch that ends amid a transaction ends behind its last record',
    async run(world) {
      const stage = await setStage(world);
      await fill(stage, 1);
      stage.reader.readFrom(0);
      const polls = await pollAll(stage, 4, 10);
      let read = 0;
      for (const { length, endPosition } of polls.flat()) {
        read += length;
        if (read < 10) assert.equal(endPosition, read);
      }
    },
  },
  {
    name: 'E12: reading from where a batch ended gives what comes behind it, nothing twice and nothing left out',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, topic, first } = stage;
      await owner.write(topic, ['a', 'b']);
      await owner.begin(topic, ['lost']);
      await owner.abort();
      await owner.write(topic, ['c']);
      await owner.begin(topic, ['lost']);
      await owner.abort();
      await owner.write(topic, ['d']);
      reader.readFrom(0);
      const found: (string | null)[] = [];
      while (found.length < 4) {
        const [batch] = await reader.poll(1, 2000);
        assert.ok(batch, `only ${found.join()} came`);
        found.push(...valuesOf([batch]));
        assert.equal(reader.consumer.position(first), batch.endPosition);
        reader.consumer.rewind({ ...first, offset: batch.endPosition });
      }
      assert.deepEqual(found, ['a', 'b', 'c', 'd']);
    },
  },
  {
    name: 'E11: what was given out stays as it is, whatever is read, rewound or closed afterwards',
    async run(world) {
      const stage = await setStage(world);
      const { owner, reader, topic, first } = stage;
      await fill(stage, 1);
      reader.readFrom(0);
      const batches = await reader.take(10);
      await owner.write(topic, ['x'.repeat(1000)]);
      await reader.take(1);
      reader.consumer.rewind({ ...first, offset: 0 });
      await reader.take(11);
      await reader.consumer.close();
      assert.deepEqual(valuesOf(batches), digits);
    },
  },
  {
    name: 'offsets are those of the log: of the records of one transaction one after another',
    async run(world) {
      const stage = await setStage(world);
      await fill(stage, 1);
      await hasReached(world, stage.kafka, stage.topic, 11);
      await fill(stage, 1);
      stage.reader.readFrom(0);
      const offsets = (await stage.reader.take(20)).flatMap(({ columns }) => [...columns.offset]);
      assert.deepEqual(
        offsets,
        Array.from({ length: 20 }, (_, i) => (i < 10 ? i : i + 1)),
      );
    },
  },
  {
    name: 'a poll for no record is refused, and the next one goes on',
    async run(world) {
      const { topic, owner, reader } = await setStage(world);
      await owner.write(topic, ['a']);
      reader.readFrom(0);
      assert.equal((await failureOf(reader.consumer.poll(0, 50))).code, '_INVALID_ARG');
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
];

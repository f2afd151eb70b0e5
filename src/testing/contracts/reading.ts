// What a member reads, and from where (E3).

import assert from 'node:assert/strict';
import type { TopicPartition } from '../../core/ids.js';
import { readHeaders } from '../../ports/headers.js';
import type { Kafka } from '../../ports/kafka.js';
import { Member, Owner, outputs, textOf, valuesOf } from './actors.js';
import type { ContractCase, ContractWorld } from './world.js';

interface Stage {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly owner: Owner;
  readonly reader: Member;
  readonly partition: TopicPartition;
}

/** A topic with ten records, `0` to `9`, in one transaction. */
async function stage(world: ContractWorld): Promise<Stage> {
  const kafka = await world.client();
  const topic = await world.createTopic(1);
  const owner = await Owner.open(kafka, world.unique('owner'));
  await owner.write(topic, digits);
  const reader = await Member.join(world, kafka, { groupId: world.unique('group'), topics: [topic], partitions: 1 });
  return { kafka, topic, owner, reader, partition: { topic, partition: 0 } };
}

const digits = Array.from({ length: 10 }, (_, i) => String(i));

export const readingCases: readonly ContractCase[] = [
  {
    name: 'keys, values, nulls, headers and timestamps arrive as they were sent',
    async run(world) {
      const { kafka, owner } = await stage(world);
      const topic = await world.createTopic(1);
      const headers = [
        ['one', '1'],
        ['two', 'zwei'],
      ] as const;
      await owner.write(topic, [
        { key: 'k', value: 'v', timestamp: 1234, headers },
        { key: 'gone', value: null, timestamp: 5678 },
        { value: '' },
      ]);
      const reader = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 1,
      });
      reader.readFrom(0);
      const batches = await reader.take(3);
      const records = batches.flatMap((batch) =>
        Array.from({ length: batch.length }, (_, i) => {
          const { columns } = batch;
          return {
            key: textOf(batch, columns.keyStart[i] as number, columns.keyEnd[i] as number),
            value: textOf(batch, columns.valueStart[i] as number, columns.valueEnd[i] as number),
            timestamp: columns.timestamp[i],
            headers: readHeaders(batch.bytes, columns.headersStart[i] as number, columns.headersEnd[i] as number).map(
              ([name, value]) => [name, new TextDecoder().decode(value ?? new Uint8Array(0))],
            ),
            offset: columns.offset[i],
          };
        }),
      );
      assert.deepEqual(records, [
        { key: 'k', value: 'v', timestamp: 1234, headers, offset: 0 },
        { key: 'gone', value: null, timestamp: 5678, headers: [], offset: 1 },
        { key: null, value: '', timestamp: 1_767_225_600_000, headers: [], offset: 2 },
      ]);
    },
  },
  {
    name: 'nothing is delivered before assign',
    async run(world) {
      const { reader } = await stage(world);
      assert.deepEqual(await reader.valuesWithin(200), []);
    },
  },
  {
    name: 'reading begins at the offset that assign names',
    async run(world) {
      const { reader } = await stage(world);
      reader.readFrom(7);
      assert.deepEqual(await reader.values(3), ['7', '8', '9']);
    },
  },
  {
    name: 'a poll gives out no more than it is asked for, and the next one goes on there',
    async run(world) {
      const { reader } = await stage(world);
      reader.readFrom(0);
      const values: (string | null)[] = [];
      for (let polls = 0; values.length < 10 && polls < 100; polls++) {
        const some = valuesOf(await reader.poll(3));
        assert.ok(some.length <= 3, `${some.length} at once`);
        values.push(...some);
      }
      assert.deepEqual(values, digits);
    },
  },
  {
    name: 'a poll without records ends when its time is over',
    async run(world) {
      const { reader } = await stage(world);
      const sinceMs = world.clock.monotonicMs();
      assert.deepEqual(await reader.consumer.poll(10, 200), []);
      assert.ok(world.clock.monotonicMs() - sinceMs >= 150);
    },
  },
  {
    name: 'E3: after a rewind the records from there come again, and nothing of before',
    async run(world) {
      const { reader, partition } = await stage(world);
      reader.readFrom(0);
      for (const offset of [0, 4, 9, 2, 0]) {
        await reader.take(1);
        reader.consumer.rewind({ ...partition, offset });
        assert.deepEqual(await reader.values(10 - offset), digits.slice(offset));
        reader.consumer.rewind({ ...partition, offset: 0 });
      }
    },
  },
  {
    name: 'E3: what moves a position throws while a poll is under way',
    async run(world) {
      const { reader, partition } = await stage(world);
      const { consumer } = reader;
      reader.readFrom(0);
      await reader.take(10);
      const polling = consumer.poll(10, 200);
      for (const change of [
        () => consumer.assign([{ ...partition, offset: 0 }]),
        () => consumer.rewind({ ...partition, offset: 0 }),
        () => consumer.pause([partition]),
        () => consumer.resume([partition]),
        () => consumer.position(partition),
        () => consumer.accept(),
        () => consumer.unassign([partition]),
      ])
        assert.throws(change, /E3/);
      await polling;
    },
  },
  {
    name: 'what is paused delivers nothing, and goes on where it stood',
    async run(world) {
      const { reader, owner, topic, partition } = await stage(world);
      reader.readFrom(0);
      await reader.take(10);
      reader.consumer.pause([partition]);
      await owner.write(topic, ['a']);
      assert.deepEqual(await reader.valuesWithin(300), []);
      reader.consumer.resume([partition]);
      assert.deepEqual(await reader.values(1), ['a']);
    },
  },
  {
    name: 'a position is unknown before the first record, and behind the last one afterwards',
    async run(world) {
      const { reader, partition } = await stage(world);
      reader.readFrom(0);
      assert.equal(reader.consumer.position(partition), undefined);
      const batches = await reader.take(10);
      assert.ok((batches.at(-1)?.endPosition ?? 0) >= 10);
      assert.ok((reader.consumer.position(partition) ?? 0) >= 10);
    },
  },
  {
    name: 'each batch is of one partition, in the order of its offsets',
    async run(world) {
      const { kafka, owner } = await stage(world);
      const topic = await world.createTopic(3);
      await owner.write(
        topic,
        digits.map((value, i) => ({ value, partition: i % 3 })),
      );
      const reader = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 3,
      });
      reader.readFrom(0);
      const batches = await reader.take(10);
      for (let partition = 0; partition < 3; partition++) {
        const offsets = batches
          .filter((batch) => batch.partition === partition)
          .flatMap(({ columns }) => [...columns.offset]);
        assert.deepEqual(
          offsets,
          offsets.map((_, i) => i),
        );
      }
    },
  },
  {
    name: 'E20: an offset that is not there delivers nothing, and no poll fails',
    async run(world) {
      const { reader } = await stage(world);
      reader.readFrom(1000);
      assert.deepEqual(await reader.valuesWithin(300), []);
    },
  },
  {
    name: 'where only aborted records are left, nothing comes, and what is written then does',
    async run(world) {
      const { reader, owner, topic } = await stage(world);
      await owner.begin(topic, ['lost']);
      await owner.abort();
      reader.readFrom(10);
      assert.deepEqual(await reader.valuesWithin(200), []);
      await owner.write(topic, ['kept']);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'what is delivered outside transactions is read at once',
    async run(world) {
      const { kafka, reader, topic } = await stage(world);
      reader.readFrom(0);
      await reader.take(10);
      const producer = await kafka.openProducer({ kind: 'idempotent', clientId: world.unique('idempotent') });
      await producer.init(5000);
      await producer.deliver(outputs(topic, ['a', 'b']), 5000);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
    },
  },
];

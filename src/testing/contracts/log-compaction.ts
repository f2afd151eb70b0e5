// Logs of which the newest record of each key is kept: what is gone, what is not, and where readers stand between them.

import assert from 'node:assert/strict';
import type { KafkaError } from '../../ports/kafka.js';
import type { RecordBatch } from '../../ports/record-batch.js';
import { hasReached, Member, Owner, type SentText, valuesOf } from './actors.js';
import type { ChangingWorld, ContractCase } from './world.js';

interface Stage {
  readonly topic: string;
  readonly owner: Owner;
  readonly record: (text: string) => SentText;
  readonly write: (...records: readonly string[]) => Promise<void>;
  /** Writes a last record, so much later that the brokers stop writing to where the others are; then those are compacted. */
  readonly compact: () => Promise<void>;
  readonly reader: (offset: number) => Promise<Member>;
}

/** A compacted topic with an owner; `write` takes `key=value`, or `key` alone for a tombstone. */
async function stage(world: ChangingWorld): Promise<Stage> {
  const kafka = await world.client();
  const topic = await world.createCompactedTopic();
  const owner = await Owner.open(kafka, world.unique('owner'));
  const record = (text: string): SentText => {
    const [key = '', value = null] = text.split('=');
    return { key, value, timestamp: world.clock.wallMs() };
  };
  return {
    topic,
    owner,
    record,
    write: (...records) => owner.write(topic, records.map(record)),
    async compact() {
      await owner.write(topic, [{ ...record('last=last'), timestamp: world.clock.wallMs() + 1_800_000 }]);
      await world.compact(topic);
    },
    async reader(offset) {
      const member = await Member.join(world, kafka, {
        groupId: world.unique('group'),
        topics: [topic],
        partitions: 1,
      });
      member.readFrom(offset);
      return member;
    },
  };
}

function offsetsOf(batches: readonly RecordBatch[]): number[] {
  return batches.flatMap(({ columns }) => [...columns.offset]);
}

export const logCompactionCases: readonly ContractCase[] = [
  {
    name: 'of each key the newest record stays, at the offset that it had',
    async run(world) {
      const { write, compact, reader } = await stage(world);
      await write('a=1', 'b=1', 'a=2');
      await write('c=1', 'a=3', 'b=2');
      await compact();
      const batches = await (await reader(0)).take(4);
      assert.deepEqual(valuesOf(batches), ['1', '3', '2', 'last']);
      assert.deepEqual(offsetsOf(batches), [4, 5, 6, 8]);
    },
  },
  {
    name: 'compaction moves neither the beginning nor the ends',
    async run(world) {
      const { topic, write, compact } = await stage(world);
      await write('a=1', 'a=2', 'a=3');
      await compact();
      const kafka = await world.client();
      await hasReached(world, kafka, topic, 6);
      assert.deepEqual(await kafka.offsetRanges([{ topic, partition: 0 }]), [{ low: 0, stable: 6 }]);
    },
  },
  {
    name: 'whoever reads from an offset that is gone gets the next record that is there',
    async run(world) {
      const { write, compact, reader } = await stage(world);
      await write('a=1', 'b=1', 'a=2', 'a=3');
      await compact();
      const batches = await (await reader(2)).take(2);
      assert.deepEqual(offsetsOf(batches), [3, 5]);
    },
  },
  {
    name: 'aborted records take nobody’s place',
    async run(world) {
      const { topic, owner, record, write, compact, reader } = await stage(world);
      await write('a=1', 'b=1', 'b=2');
      await owner.begin(topic, [record('a=lost')]);
      await owner.abort();
      await compact();
      const values = await (await reader(0)).values(3);
      assert.deepEqual(values, ['1', '2', 'last']);
    },
  },
  {
    name: 'a tombstone stays for a while, and what it deletes is gone',
    async run(world) {
      const { write, compact, reader } = await stage(world);
      await write('a=1', 'b=1');
      await write('a');
      await compact();
      const batches = await (await reader(0)).take(3);
      assert.deepEqual(valuesOf(batches), ['1', null, 'last']);
      assert.deepEqual(offsetsOf(batches), [1, 3, 5]);
    },
  },
  {
    name: 'E12: a batch ends behind its last record at least, and at most where the next one begins',
    async run(world) {
      const { write, compact, reader } = await stage(world);
      await write('a=1', 'b=1', 'a=2', 'b=2', 'b=3');
      await write('a=3', 'b=4');
      await write('c=1', 'b=5');
      await compact();
      const member = await reader(0);
      const ends: [offset: number, end: number][] = [];
      while (ends.length < 4)
        for (const { columns, endPosition } of await member.poll(1))
          ends.push([columns.offset[0] as number, endPosition]);
      assert.deepEqual(
        ends.map(([offset]) => offset),
        [6, 9, 10, 12],
      );
      ends.forEach(([offset, end], i) => {
        const next = ends[i + 1]?.[0] ?? 14;
        assert.ok(end > offset && end <= next, `${offset} ends at ${end}, the next is ${next}`);
      });
    },
  },
  {
    name: 'a producer goes on in a log that was compacted, and its successor fences it',
    async run(world) {
      const { write, compact, reader } = await stage(world);
      await write('a=1');
      await write('a=2');
      await compact();
      await write('b=1');
      assert.deepEqual(await (await reader(0)).values(3), ['2', 'last', '1']);
    },
  },
  {
    name: 'a record without a key is refused where the newest of each key is kept',
    async run(world) {
      const { topic, owner } = await stage(world);
      await owner.begin(topic, ['no key']);
      await assert.rejects(owner.commit(), ({ name }: KafkaError) => name === 'KafkaError');
    },
  },
];

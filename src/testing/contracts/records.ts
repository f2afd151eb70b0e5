// Records as they are sent and as they come back: every part, at its edges.

import assert from 'node:assert/strict';
import { type HeaderEntry, readHeaders } from '../../ports/headers.js';
import type { RecordBatch } from '../../ports/record-batch.js';
import { failureOf, hasReached, noise, Owner, outputs, type SentText, textOf } from './actors.js';
import { type Stage, setStage } from './stage.js';
import type { ContractCase } from './world.js';

/** Written in one transaction and read again. */
async function thereAndBack(
  { owner, reader, topic }: Stage,
  records: readonly SentText[],
): Promise<readonly RecordBatch[]> {
  await owner.write(topic, records);
  reader.readFrom(0);
  return reader.take(records.length);
}

function headersOf(batches: readonly RecordBatch[]): HeaderEntry[][] {
  return batches.flatMap(({ bytes, columns, length }) =>
    Array.from({ length }, (_, i) =>
      readHeaders(bytes, columns.headersStart[i] as number, columns.headersEnd[i] as number),
    ),
  );
}

const keysOf = (batches: readonly RecordBatch[]): (string | null)[] =>
  batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, i) =>
      textOf(batch, batch.columns.keyStart[i] as number, batch.columns.keyEnd[i] as number),
    ),
  );

const valuesAsBytes = ({ bytes, columns, length }: RecordBatch): Uint8Array[] =>
  Array.from({ length }, (_, i) => bytes.subarray(columns.valueStart[i], columns.valueEnd[i]));

export const recordCases: readonly ContractCase[] = [
  {
    name: 'a null key is not an empty one, and a null value not an empty one',
    async run(world) {
      const stage = await setStage(world);
      const batches = await thereAndBack(stage, [
        { value: null },
        { key: '', value: null },
        { key: '', value: '' },
        { value: '' },
      ]);
      assert.deepEqual(keysOf(batches), [null, '', '', null]);
      const values = batches.flatMap((batch) =>
        Array.from({ length: batch.length }, (_, i) =>
          textOf(batch, batch.columns.valueStart[i] as number, batch.columns.valueEnd[i] as number),
        ),
      );
      assert.deepEqual(values, [null, null, '', '']);
    },
  },
  {
    name: 'headers keep their order, and a name may come twice',
    async run(world) {
      const stage = await setStage(world);
      const headers = [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ] as const;
      const [entries = []] = headersOf(await thereAndBack(stage, [{ value: 'v', headers }]));
      assert.deepEqual(
        entries.map(([name, value]) => [name, new TextDecoder().decode(value ?? undefined)]),
        headers,
      );
    },
  },
  {
    name: 'headers have any name and any value: names of all languages, of objects’ own parts, values without bytes',
    async run(world) {
      const stage = await setStage(world);
      const headers = [
        ['ä€𝄞', 'ü'],
        ['__proto__', 'p'],
        ['constructor', ''],
      ] as const;
      const [entries = []] = headersOf(await thereAndBack(stage, [{ value: 'v', headers }]));
      assert.deepEqual(
        entries.map(([name, value]) => [name, new TextDecoder().decode(value ?? undefined)]),
        headers,
      );
    },
  },
  {
    name: 'of records with headers and records without, each has its own',
    async run(world) {
      const stage = await setStage(world);
      const records = Array.from({ length: 6 }, (_, i) => ({
        value: 'v',
        ...(i % 2 === 0 ? {} : { headers: [['n', String(i)]] as const }),
      }));
      const found = headersOf(await thereAndBack(stage, records));
      assert.deepEqual(
        found.map((entries) => entries.map(([, value]) => new TextDecoder().decode(value ?? undefined))),
        [[], ['1'], [], ['3'], [], ['5']],
      );
    },
  },
  {
    name: 'every byte comes back as it was',
    async run(world) {
      const { owner, reader, topic } = await setStage(world);
      const batch = outputs(topic, ['x'.repeat(256)]);
      for (let i = 0; i < 256; i++) batch.sink.bytes[i] = i;
      await owner.producer.begin();
      await owner.producer.send(batch);
      await owner.commit();
      reader.readFrom(0);
      const [value = new Uint8Array(0)] = (await reader.take(1)).flatMap(valuesAsBytes);
      assert.deepEqual(
        [...value],
        Array.from({ length: 256 }, (_, i) => i),
      );
    },
  },
  {
    name: 'a value of nearly a megabyte comes back whole',
    async run(world) {
      const stage = await setStage(world);
      const value = noise(1_000_000);
      const batches = await thereAndBack(stage, [{ value: 'a' }, { value }, { value: 'b' }]);
      const values = batches.flatMap(valuesAsBytes);
      assert.deepEqual(
        values.map(({ length }) => length),
        [1, 1_000_000, 1],
      );
      assert.equal(new TextDecoder().decode(values[1]), value);
    },
  },
  {
    name: 'E21: a record too large for the brokers fails the commit by name, and taints its producer; the next one writes on',
    async run(world) {
      const { kafka, owner, reader, topic, id } = await setStage(world);
      await owner.begin(topic, ['lost']);
      await hasReached(world, kafka, topic, 1);
      await owner.producer.send(outputs(topic, [noise(1_200_000)]));
      const failure = await failureOf(owner.commit());
      assert.equal(failure.code, 'MSG_SIZE_TOO_LARGE');
      assert.ok(failure.abortable && !failure.fatal, failure.message);
      await owner.abort();
      assert.equal(owner.producer.isTainted, true);
      await owner.producer.close();
      const next = await Owner.open(kafka, id);
      await next.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(1), ['kept']);
    },
  },
  {
    name: 'E21: a record of a time that is to come in hours fails the commit by name; one of within the hour is taken',
    async run(world) {
      const { kafka, owner, reader, topic, id } = await setStage(world);
      const hourMs = 3_600_000;
      const nowMs = world.clock.wallMs();
      await owner.write(topic, [{ value: 'soon', timestamp: nowMs + hourMs / 2 }]);
      await owner.begin(topic, ['lost', { value: 'later', timestamp: nowMs + 3 * hourMs }]);
      const failure = await failureOf(owner.commit());
      assert.equal(failure.code, 'INVALID_TIMESTAMP');
      assert.ok(failure.abortable && !failure.fatal, failure.message);
      await owner.abort();
      const next = await Owner.open(kafka, id);
      await next.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2), ['soon', 'kept']);
    },
  },
  {
    name: 'a record that was refused has had its number: the next one to its partition is refused as well, and well after another abort',
    async run(world) {
      const { owner, reader, topic } = await setStage(world, 2);
      await owner.begin(topic, [noise(1_200_000)]);
      assert.equal((await failureOf(owner.commit())).code, 'MSG_SIZE_TOO_LARGE');
      await owner.abort();
      await owner.write(topic, [{ value: 'beside', partition: 1 }]);
      await owner.begin(topic, ['lost']);
      const { code, abortable, fatal } = await failureOf(owner.commit());
      assert.deepEqual(
        { code, abortable, fatal },
        { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER', abortable: true, fatal: false },
      );
      await owner.abort();
      await owner.write(topic, ['kept']);
      reader.readFrom(0);
      assert.deepEqual(new Set(await reader.values(2)), new Set(['beside', 'kept']));
    },
  },
  {
    name: 'a timestamp is the sender’s: of years ago, of before 1970 as of none; the beginning of 1970 within a millisecond',
    async run(world) {
      const stage = await setStage(world);
      const lastYear = Date.UTC(2025, 0, 1);
      const batches = await thereAndBack(
        stage,
        [1, lastYear, -1, 0].map((timestamp) => ({ value: 'v', timestamp })),
      );
      const [one, then, none, zero] = batches.flatMap(({ columns }) => [...columns.timestamp]);
      assert.deepEqual([one, then, none], [1, lastYear, -1]);
      assert.ok(zero === 0 || zero === 1, `${zero}`);
    },
  },
  {
    name: 'a record for a partition that is not there is refused where it is sent, and the transaction can be aborted',
    async run(world) {
      const { kafka, owner, reader, topic } = await setStage(world);
      // By then the producer knows the topic.
      await owner.write(topic, ['a']);
      await owner.producer.begin();
      const failure = await failureOf(owner.producer.send(outputs(topic, [{ value: 'lost', partition: 7 }])));
      assert.equal(failure.code, '_UNKNOWN_PARTITION');
      await owner.abort();
      await owner.write(topic, ['b']);
      reader.readFrom(0);
      assert.deepEqual(await reader.values(2), ['a', 'b']);
      assert.ok((await kafka.describeTopics([topic])).has(topic));
    },
  },
];

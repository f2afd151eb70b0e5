// The fast lane's addon on the real client and a real broker: what it hands over, what it refuses, and that nothing is used
// after it is gone, in whatever order things end (L1, L2).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FastIntake } from '../../../../src/adapters/confluent/native/fast-intake.js';
import { FastOutlet } from '../../../../src/adapters/confluent/native/fast-outlet.js';
import {
  attached,
  chooseLane,
  type Lane,
  lane,
  laneConfig,
  markOfLatest,
  target,
} from '../../../../src/adapters/confluent/native/lane.js';
import {
  type RawConfig,
  type RawConsumer,
  type RawProducer,
  rawModule,
} from '../../../../src/adapters/confluent/raw-client.js';
import { appendHeader, readHeaders } from '../../../../src/ports/headers.js';
import { OutputBatch } from '../../../../src/ports/output-batch.js';
import { range } from '../../../support/engine-story.js';
import { until } from '../../../support/engine-wait.js';
import { testBrokers, uniqueName } from '../../../support/kafka.js';
import { promised, RawKafka } from '../../../support/raw.js';

const fast = lane() as Extract<Lane, { kind: 'fast' }>;
let raw: RawKafka;
beforeAll(() => {
  raw = new RawKafka(testBrokers());
});

test('it is the lane that is taken here', () => {
  expect(fast).toMatchObject({ kind: 'fast', file: expect.stringMatching(/lane\.node$/) });
});

test('PROCESSOR_LANE chooses, and what it cannot have or does not know ends the processor', () => {
  expect(chooseLane('slow')).toEqual({ kind: 'slow', reason: 'PROCESSOR_LANE=slow' });
  expect(chooseLane('')).toMatchObject({ kind: 'fast' });
  expect(() => chooseLane('faster')).toThrow(expect.objectContaining({ code: 'PRC_LANE_UNKNOWN' }));
  expect(() => chooseLane('fast', tmpdir())).toThrow(expect.objectContaining({ code: 'PRC_LANE_MISSING' }));
});

test('where the addon is not, or does not load, the slow lane is taken, and says why', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lane;'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(chooseLane(undefined, folder)).toEqual({ kind: 'slow', reason: `no addon for ${target()} was built` });
  const beside = join(folder, 'prebuilds', target());
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, 'lane.node'), 'no library');
  expect(chooseLane(undefined, folder)).toMatchObject({ reason: expect.stringContaining('a semicolon') });
  const good = folder.replace(';', '-');
  renameSync(folder, good);
  onTestFinished(() => rmSync(good, { recursive: true }));
  expect(chooseLane(undefined, join(good, 'prebuilds'))).toMatchObject({
    kind: 'slow',
    reason: expect.stringMatching(/lane\.node/),
  });
});

test('a library that is not the one the client has loaded is not taken', () => {
  expect(() => fast.native.load('/nowhere/librdkafka.so')).toThrow("the client's addon is not loaded");
  // It was not loaded by that, and what was found before is still there.
  expect(fast.native.count()).toBeGreaterThanOrEqual(0);
});

describe('what goes through it', () => {
  test('comes as it was sent: nulls and empty parts, times, headers that repeat, partitions apart and in order', async () => {
    const topic = await raw.topic('columns', 2);
    const outputs = new OutputBatch([topic]);
    append(outputs, {
      partition: 1,
      key: 'k',
      value: 'v',
      timestamp: 1000,
      headers: [
        ['a', '1'],
        ['b', null],
        ['a', ''],
      ],
    });
    append(outputs, { partition: 0, key: null, value: null, timestamp: 2000 });
    append(outputs, { partition: 1, key: '', value: '', timestamp: 0 });
    append(outputs, { partition: 1, key: 'ä', value: 'x'.repeat(100_000), timestamp: 3000 });
    await deliver(outputs);
    const intake = await reader(topic, [0, 1]);
    const found = await takenUntil(intake, 4);
    expect(found).toEqual([
      { place: '0/0', key: null, value: null, timestamp: 2000, headers: [] },
      {
        place: '1/0',
        key: 'k',
        value: 'v',
        timestamp: 1000,
        headers: [
          ['a', '1'],
          ['b', null],
          ['a', ''],
        ],
      },
      // The client would make another time of 0 at each attempt.
      { place: '1/1', key: '', value: '', timestamp: 1, headers: [] },
      { place: '1/2', key: 'ä', value: 'x'.repeat(100_000), timestamp: 3000, headers: [] },
    ]);
  });

  test('no more is taken than was asked for, and what is there is not waited for', async () => {
    const topic = await raw.topic('many');
    const outputs = new OutputBatch([topic]);
    for (const i of range(0, 1000)) append(outputs, { partition: 0, key: null, value: `${i}`, timestamp: 1 });
    await deliver(outputs);
    const intake = await reader(topic, [0]);
    const sizes: number[] = [];
    for (let seen = 0; seen < 1000; ) {
      const { batches } = await intake.take(300, 1000);
      for (const { length } of batches) {
        sizes.push(length);
        seen += length;
      }
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(300);
    const beganMs = performance.now();
    expect(await intake.take(300, 200)).toEqual({ batches: [], failures: [] });
    expect(performance.now() - beganMs).toBeGreaterThan(150);
  });

  test('E12: the end position is behind the markers and aborted records that follow', async () => {
    const topic = await raw.topic('markers');
    const owner = await raw.owner(uniqueName('owner'));
    await owner.write(topic, ['a', 'b']);
    await owner.begin();
    await owner.send(topic, ['never']);
    await owner.abort();
    const intake = await reader(topic, [0]);
    const places: number[] = [];
    for (let at = 0; at < 2; )
      for (const { endPosition, length } of (await intake.take(100, 1000)).batches) {
        at += length;
        places.push(endPosition);
      }
    // Two records and a marker; whether what was aborted is passed by the same poll is up to the client.
    expect([3, 5]).toContain(places.at(-1));
  });
});

describe('what it refuses', () => {
  test.each([
    ['a partition that the topic does not have', { partition: 7 }, -190],
    ['a topic that was not named', { topic: 1 }, -186],
    ['a range behind the bytes', { valueEnd: 1_000_000 }, -186],
    ['a range that ends before it starts', { valueStart: 3, valueEnd: 1 }, -186],
    ['a timestamp that is none', { timestamp: Number.NaN }, -186],
    ['headers that are none', { headersStart: 0, headersEnd: 3 }, -186],
  ])('%s: said with the index, and those before it are queued', async (_, wrong, code) => {
    const topic = await raw.topic('refused');
    const { outlet, producer, handle } = await outletTo();
    // Partitions are known once something went there.
    const first = new OutputBatch([topic]);
    append(first, { partition: 0, key: null, value: 'first', timestamp: 1 });
    expect(outlet.queue(first, 0)).toEqual({ to: 1 });
    await promised((callback) => producer.flush(10_000, callback));
    const outputs = new OutputBatch([topic]);
    append(outputs, { partition: 0, key: null, value: 'good', timestamp: 1 });
    append(outputs, { partition: 0, key: null, value: 'wrong', timestamp: 1 }, wrong);
    append(outputs, { partition: 0, key: null, value: 'behind', timestamp: 1 });
    const queued = outlet.queue(outputs, 0);
    expect(queued).toMatchObject({ to: 1, refusal: { cause: { code } } });
    await promised((callback) => producer.flush(10_000, callback));
    expect(fast.native.state(handle)).toMatchObject({ acknowledged: 2, refused: 0 });
  });

  test('where its queue is full it says how far it came, and goes on from there', async () => {
    const topic = await raw.topic('full');
    const { outlet, producer, handle } = await outletTo({ 'queue.buffering.max.messages': 10 });
    const outputs = new OutputBatch([topic]);
    for (const i of range(0, 25)) append(outputs, { partition: 0, key: null, value: `${i}`, timestamp: 1 });
    const stops: number[] = [];
    for (let at = 0; at < 25; ) {
      const { to, refusal } = outlet.queue(outputs, at);
      expect(refusal).toBeUndefined();
      if (to > at) stops.push(to);
      at = to;
      await promised((callback) => producer.flush(10_000, callback));
    }
    expect(stops).toEqual([10, 20, 25]);
    expect(fast.native.state(handle)).toMatchObject({ acknowledged: 25, refused: 0 });
  });

  test('columns that are too short throw, and nothing is queued', async () => {
    const topic = await raw.topic('short');
    const { handle } = await outletTo();
    fast.native.setTopics(handle, [topic]);
    const [narrow, wide] = [new Int32Array(1), new Float64Array(1)];
    const one = [narrow, narrow, wide, narrow, narrow, narrow, narrow, narrow, narrow] as const;
    expect(() => fast.native.produce(handle, 0, 2, new Uint8Array(0), ...one)).toThrow('columns of another kind');
  });
});

describe('L2: nothing of it stands in the way of a disconnect', () => {
  test('whether the lane is closed before it, at the same time or not at all, and also while a call is under way', async () => {
    const topic = await raw.topic('ends');
    const before = fast.native.count();
    for (const order of ['closed first', 'closed after', 'never closed', 'while it waits'] as const) {
      const { consumer, handle } = await member(topic);
      const waiting = order === 'while it waits' ? fast.native.consume(handle, 10, 300) : undefined;
      if (order === 'closed first' || waiting) fast.native.close(handle);
      // A call that reads while the client is being closed can take away what that waits for. Whether this one has begun to read
      // before the lane was closed is up to its thread.
      await Promise.allSettled([waiting]);
      await new Promise<void>((resolve) => consumer.disconnect(() => resolve()));
      if (order === 'closed after') fast.native.close(handle);
      await expect(fast.native.consume(handle, 10, 0)).rejects.toThrow('closed');
      expect(fast.native.fatal(handle)).toBeUndefined();
    }
    expect(fast.native.count()).toBe(before);
  });

  test('a producer whose handle is still held refuses everything once it is closed', async () => {
    const topic = await raw.topic('ends');
    const { outlet, producer, handle } = await outletTo();
    const outputs = new OutputBatch([topic]);
    append(outputs, { partition: 0, key: null, value: 'a', timestamp: 1 });
    outlet.close();
    expect(outlet.queue(outputs, 0)).toMatchObject({ to: 0, refusal: { code: '_DESTROY' } });
    await disconnect(producer);
    expect(outlet.queue(outputs, 0)).toMatchObject({ refusal: { code: '_DESTROY' } });
    expect(fast.native.setTopics(handle, [topic])).toMatchObject({ message: 'closed' });
  });

  test('a client that cannot connect leaves nothing behind', async () => {
    const before = fast.native.count();
    const config = { 'bootstrap.servers': '127.0.0.1:1', ...laneConfig(fast) };
    const producer = new (rawModule().Producer)(config);
    producer.on('event.error', () => {});
    await promised((callback) => producer.connect({ allTopics: false, timeout: 300 }, callback)).catch(() => {});
    await until('it is destroyed', () => fast.native.count() === before);
  });

  test('a process ends as it was told to while calls are under way, and waits for them', async () => {
    const topic = await raw.topic('exit');
    const given = ['scripts/run.cjs', 'test/support/lane-exit-child.ts', testBrokers(), topic, uniqueName('exit')];
    const child = spawn(process.execPath, given, { stdio: 'inherit', env: { ...process.env, PROCESSOR_LANE: 'fast' } });
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  test('ten clients at once are each found, also where the client cuts off the ends of their names', async () => {
    const topic = await raw.topic('own');
    const found = await Promise.all(range(0, 10).map(() => outletTo({ 'client.id': 'x'.repeat(200) })));
    expect(new Set(found.map(({ producer }) => producer.name)).size).toBe(1);
    for (const [i, { outlet, producer, handle }] of found.entries()) {
      const outputs = new OutputBatch([topic]);
      append(outputs, { partition: 0, key: null, value: `${i}`, timestamp: 1 });
      outlet.queue(outputs, 0);
      await promised((callback) => producer.flush(10_000, callback));
      expect(fast.native.state(handle)).toMatchObject({ acknowledged: 1 });
    }
    expect(fast.native.attach(0, false)).toBeUndefined();
  });
});

interface Sent {
  readonly partition: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
  readonly headers?: readonly (readonly [string, string | null])[];
}

function append(outputs: OutputBatch, { key, value, headers = [], ...rest }: Sent, wrong: object = {}): void {
  const { sink } = outputs;
  const part = (text: string | null): readonly [number, number] => {
    if (text === null) return [-1, -1];
    const start = sink.position;
    const bytes = Buffer.from(text);
    sink.reserve(bytes.length);
    sink.bytes.set(bytes, start);
    sink.position += bytes.length;
    return [start, sink.position];
  };
  const [keyStart, keyEnd] = part(key);
  const [valueStart, valueEnd] = part(value);
  const headersStart = sink.position;
  for (const [name, text] of headers) appendHeader(sink, name, text);
  const headersEnd = sink.position;
  outputs.append({ topic: 0, keyStart, keyEnd, valueStart, valueEnd, headersStart, headersEnd, ...rest, ...wrong });
}

async function deliver(outputs: OutputBatch): Promise<void> {
  const { outlet, producer } = await outletTo();
  expect(outlet.queue(outputs, 0)).toEqual({ to: outputs.length });
  await promised((callback) => producer.flush(10_000, callback));
}

async function outletTo(config: RawConfig = {}) {
  const producer = new (rawModule().Producer)({ 'bootstrap.servers': testBrokers(), ...config, ...laneConfig(fast) });
  const mark = markOfLatest(fast);
  await promised((callback) => producer.connect({ allTopics: false, timeout: 10_000 }, callback));
  onTestFinished(() => disconnect(producer));
  const handle = attached(fast.native, mark, false);
  return { producer, handle, outlet: new FastOutlet(fast.native, handle) };
}

/** Also where it was before. */
async function disconnect(producer: RawProducer): Promise<void> {
  if (producer.isConnected()) await new Promise<void>((resolve) => producer.disconnect(0, () => resolve()));
}

async function member(topic: string) {
  const consumer: RawConsumer = new (rawModule().KafkaConsumer)(
    { 'bootstrap.servers': testBrokers(), 'group.id': uniqueName('lane'), ...laneConfig(fast) },
    {},
  );
  const mark = markOfLatest(fast);
  await promised((callback) => consumer.connect({ allTopics: false, timeout: 10_000 }, callback));
  consumer.assign([{ topic, partition: 0, offset: 0 }]);
  return { consumer, handle: attached(fast.native, mark, true) };
}

async function reader(topic: string, partitions: readonly number[]): Promise<FastIntake> {
  const { consumer, handle } = await member(topic);
  onTestFinished(() => new Promise<void>((resolve) => consumer.disconnect(() => resolve())));
  consumer.assign(partitions.map((partition) => ({ topic, partition, offset: 0 })));
  return new FastIntake(fast.native, handle);
}

async function takenUntil(intake: FastIntake, count: number) {
  const found: object[] = [];
  const places: string[] = [];
  while (found.length < count) {
    const { batches, failures } = await intake.take(100, 1000);
    expect(failures).toEqual([]);
    for (const { partition, length, columns: c, bytes } of batches)
      for (const i of range(0, length)) {
        const textOf = (start: number, end: number): string | null =>
          start < 0 ? null : Buffer.from(bytes.subarray(start, end)).toString();
        const place = `${partition}/${c.offset[i]}`;
        places.push(place);
        found.push({
          place,
          key: textOf(c.keyStart[i] as number, c.keyEnd[i] as number),
          value: textOf(c.valueStart[i] as number, c.valueEnd[i] as number),
          timestamp: c.timestamp[i],
          headers: readHeaders(bytes, c.headersStart[i] as number, c.headersEnd[i] as number).map(([name, value]) => [
            name,
            value === null ? null : Buffer.from(value).toString(),
          ]),
        });
      }
  }
  const order = places.map((_, i) => i).sort((a, b) => ((places[a] as string) < (places[b] as string) ? -1 : 1));
  return order.map((i) => found[i]);
}

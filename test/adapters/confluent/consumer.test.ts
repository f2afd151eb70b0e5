// The consumer behind the port, held to what the port promises, on a real broker.

import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { confluentKafka } from '../../../src/adapters/confluent/kafka.js';
import { lane } from '../../../src/adapters/confluent/native/lane.js';
import { type RawConsumer, type RebalanceCallback, rawModule } from '../../../src/adapters/confluent/raw-client.js';
import { readHeaders } from '../../../src/ports/headers.js';
import type { Consumer, Kafka, Rebalance } from '../../../src/ports/kafka.js';
import type { RecordBatch } from '../../../src/ports/record-batch.js';
import { range } from '../../support/engine-story.js';
import { eventually } from '../../support/engine-wait.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

// Eager groups are told whole assignments (`range`), the others what is added and what is taken away.
describe.each(['cooperative-sticky', 'range'])('a member of a group that shares by %s', (strategy) => {
  let raw: RawKafka;
  let kafka: Kafka;
  beforeAll(async () => {
    raw = new RawKafka(testBrokers());
    // A fetch at the end of a log holds back the one of a rewind for as long as it may wait.
    const settings = {
      'fetch.wait.max.ms': 20,
      'fetch.queue.backoff.ms': 1,
      // Longer than any test waits for anything.
      'session.timeout.ms': 45_000,
      'partition.assignment.strategy': strategy,
    };
    kafka = await confluentKafka({ brokers: testBrokers(), transactionTimeoutMs: 15_000, settings });
    return () => kafka.close();
  });

  test('E3: after a rewind nothing of before is delivered, 150 times out of 150', async () => {
    const topic = await raw.topic('rewound');
    await raw.produce(
      topic,
      Array.from({ length: 40_000 }, (_, i) => `${i}`),
    );
    const { consumer } = await member(topic);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    const strays: string[] = [];
    for (let round = 0; round < 150; round++) {
      const batch = await nextBatch(consumer);
      // More may be on its way to us at this moment: that is what must not come through.
      const target = round % 3 === 0 ? 0 : firstOf(batch);
      consumer.rewind({ topic, partition: 0, offset: target });
      const again = await nextBatch(consumer);
      if (firstOf(again) !== target) strays.push(`${firstOf(again)} instead of ${target}`);
    }
    expect(strays).toEqual([]);
  });

  test('E3: assignments, positions and pauses change between two polls only', async () => {
    const topic = await raw.topic('between');
    const { consumer } = await member(topic);
    const partition = { topic, partition: 0 };
    consumer.assign([{ ...partition, offset: 0 }]);
    const polling = consumer.poll(10, 200);
    const changes: Readonly<Record<string, () => unknown>> = {
      accept: () => consumer.accept(),
      assign: () => consumer.assign([{ ...partition, offset: 0 }]),
      unassign: () => consumer.unassign([partition]),
      rewind: () => consumer.rewind({ ...partition, offset: 0 }),
      pause: () => consumer.pause([partition]),
      resume: () => consumer.resume([partition]),
      position: () => consumer.position(partition),
      poll: () => consumer.poll(1, 1),
    };
    for (const [name, change] of Object.entries(changes))
      await expect(async () => change(), name).rejects.toThrow('E3: a poll is under way');
    await polling;
    for (const name of ['rewind', 'pause', 'resume', 'position', 'unassign', 'assign', 'accept', 'poll'])
      expect(changes[name], name).not.toThrow();
  });

  test('events are answered in their order, also where the client has gone on to the next one', async () => {
    const topic = await raw.topic('overtaken');
    // As the client calls it: an answer to one event can pass for that to the next, which nobody has heard of yet.
    const made = vi.spyOn(rawModule(), 'KafkaConsumer');
    const events: Rebalance[] = [];
    const consumer = await kafka.openConsumer({
      groupId: uniqueName('overtaken'),
      topics: [topic],
      clientId: 'overtaken',
      onRebalance: (event) => events.push(event),
      onNotice: () => {},
    });
    onTestFinished(() => consumer.close());
    const [config] = made.mock.calls.at(-1) ?? [];
    made.mockRestore();
    const raise = (config as { rebalance_cb: RebalanceCallback }).rebalance_cb;
    while (events.length === 0) await consumer.poll(10, 50);
    consumer.accept();
    raise({ code: -174, message: 'revoked' }, [{ topic, partition: 0 }]);
    raise({ code: -175, message: 'assigned' }, [{ topic, partition: 0 }]);
    expect(events.map(({ kind }) => kind)).toEqual(['assigned', 'revoked', 'assigned']);
    expect(() => consumer.accept()).toThrow("accept is no answer to a 'revoked' event");
    consumer.unassign([]);
    expect(() => consumer.unassign([])).toThrow("unassign is no answer to an 'assigned' event");
    consumer.accept();
  });

  test('E2: a committed offset, none, and an error are three things', async () => {
    const topic = await raw.topic('asked', 2);
    const { consumer, groupId } = await member(topic);
    await answeredByPolls(consumer, consumer.commit({ topic, partition: 0, offset: 7, metadata: 'a note' }));
    expect(await consumer.committed({ topic, partition: 0 }, 5000)).toEqual({ offset: 7, metadata: 'a note' });
    expect(await consumer.committed({ topic, partition: 1 }, 5000)).toBeUndefined();

    const pending = await raw.owner(uniqueName('pending'));
    await pending.begin();
    await pending.sendOffset({ topic, partition: 1, offset: 3 }, await raw.consumer(groupId));
    await expect(consumer.committed({ topic, partition: 1 }, 300)).rejects.toMatchObject({ retriable: true });
    await pending.commit();
    await eventually('the offset is stable', async () => {
      const committed = await consumer.committed({ topic, partition: 1 }, 1000);
      return committed?.offset === 3;
    });
  });

  test('E12: the end position of a batch is behind the markers and aborted records that follow it', async () => {
    const topic = await raw.topic('marked');
    const writer = await raw.owner(uniqueName('writer'));
    await writer.write(topic, ['0', '1']);
    await writer.write(topic, ['3'], 'abort');
    await writer.write(topic, ['5']);
    const { consumer } = await member(topic);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    const seen: RecordBatch[] = [];
    while (seen.reduce((sum, { length }) => sum + length, 0) < 3) seen.push(...(await consumer.poll(100, 100)));
    expect(seen.flatMap(({ columns }) => [...columns.offset])).toEqual([0, 1, 5]);
    expect(seen.at(-1)?.endPosition).toBe(7);
  });

  test('E22: an assigned partition delivers, also if it was paused when it was taken away', async () => {
    const topic = await raw.topic('paused');
    await raw.produce(topic, ['0', '1']);
    const { consumer } = await member(topic);
    const partition = { topic, partition: 0 };
    consumer.assign([{ ...partition, offset: 0 }]);
    await nextBatch(consumer);
    consumer.pause([partition]);
    await raw.produce(topic, ['2']);
    expect(await consumer.poll(10, 300)).toEqual([]);
    consumer.rewind({ ...partition, offset: 1 });
    expect(firstOf(await nextBatch(consumer))).toBe(1);
  });

  test('a partition delivers nothing before it is assigned, and nothing after it is given up', async () => {
    const topic = await raw.topic('given');
    await raw.produce(topic, ['0']);
    const { consumer } = await member(topic);
    expect(await consumer.poll(10, 300)).toEqual([]);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    await nextBatch(consumer);
    consumer.unassign([{ topic, partition: 0 }]);
    await raw.produce(topic, ['1']);
    expect(await consumer.poll(10, 300)).toEqual([]);
  });

  test('a member that is closed before it has answered the group holds nobody up', async () => {
    const topic = await raw.topic('unanswered', 2);
    const groupId = uniqueName('group');
    const first = await joining(topic, groupId);
    await eventually('it is given partitions', () => first.heard('assigned'));
    await first.consumer.close();

    const second = await joining(topic, groupId);
    await eventually('the next one is given them', () => second.heard('assigned'));
    second.consumer.accept();
    second.consumer.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })));
    const third = await joining(topic, groupId);
    await eventually('it shall share them', async () => {
      const [isAsked] = await Promise.all([second.heard('revoked'), third.heard('assigned')]);
      return isAsked;
    });
    await second.consumer.close();

    // Far less than the session, after which the group would go on without an answer.
    await eventually('the last one has all of them', async () => {
      await third.heard('assigned');
      for (const { kind } of third.events.splice(0))
        if (kind === 'assigned') third.consumer.accept();
        else third.consumer.unassign([]);
      return third.given.size === 2;
    });
  });

  test('a member whose answer the client does not take is closed all the same, and leaves', async () => {
    const topic = await raw.topic('untaken');
    const groupId = uniqueName('group');
    const first = await joining(topic, groupId);
    await eventually('it is given its partition', () => first.heard('assigned'));
    const answers = (['assign', 'incrementalAssign', 'unassign', 'incrementalUnassign'] as const).map((name) =>
      refusing(rawModule().KafkaConsumer.prototype as RawConsumer, name),
    );
    const restored = (): void => {
      for (const answer of answers) answer.mockRestore();
    };
    onTestFinished(restored);
    await first.consumer.close();
    expect(answers.filter((answer) => answer.mock.calls.length > 0)).not.toEqual([]);
    restored();

    const second = await joining(topic, groupId);
    await eventually('the next one is given it', () => second.heard('assigned'));
  });

  test('keys, values, headers and timestamps come as they were written, nulls and repeated names included', async () => {
    const topic = await raw.topic('columns');
    await raw.produce(topic, [
      { key: 'k', value: 'v', timestamp: 1_000, headers: [{ a: bytes('1') }, { b: bytes('') }, { a: bytes('2') }] },
      { key: null, value: null, timestamp: 2_000 },
      { key: '', value: '', timestamp: 3_000, headers: [{ ü: bytes('é') }] },
    ]);
    const { consumer } = await member(topic);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    expect(
      (await records(consumer, 3)).map(({ key, value, timestamp, headers }) => [key, value, timestamp, headers]),
    ).toEqual([
      // The binding makes an empty one of a header without a value.
      ['k', 'v', 1_000, ['a=1', lane().kind === 'fast' ? 'b=null' : 'b=', 'a=2']],
      [null, null, 2_000, []],
      ['', '', 3_000, ['ü=é']],
    ]);
  });

  test('a header that is called like a property of all objects is a header, and does not end the reader', async () => {
    const topic = await raw.topic('hostile');
    await raw.produce(topic, [
      { value: 'a', headers: [proto(bytes('x'))] },
      { value: 'b', headers: [{ constructor: bytes('y') }, { toString: bytes('z') }] },
    ]);
    const { consumer } = await member(topic);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    const [first, second] = await records(consumer, 2);
    expect([first?.value, first?.headers]).toEqual(['a', ['__proto__=x']]);
    expect([second?.value, second?.headers]).toEqual(['b', ['constructor=y', 'toString=z']]);
  });

  test('E3: a partition can be moved again and again between two polls; the last word counts', async () => {
    const topic = await raw.topic('restless');
    await raw.produce(topic, range(0, 300).map(String));
    const { consumer } = await member(topic);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    for (const offset of range(0, 100)) {
      consumer.rewind({ topic, partition: 0, offset: offset + 1 });
      consumer.rewind({ topic, partition: 0, offset });
      if (offset % 2 === 0) continue;
      expect(firstOf(await nextBatch(consumer))).toBe(offset);
    }
  });

  test('E3: whatever else is assigned or rewound meanwhile, each partition delivers every record once, in order', async () => {
    const topic = await raw.topic('many', 6);
    const records = range(0, 2000).map(String);
    for (const partition of range(0, 6))
      await raw.produce(
        topic,
        records.map((value) => ({ value, partition })),
      );
    const { consumer } = await member(topic);
    const next = new Map<number, number>();
    const strays: string[] = [];
    const isThrough = (): boolean => next.size === 6 && [...next.values()].every((offset) => offset === records.length);
    for (let round = 0; !isThrough(); round++) {
      // One more partition every few rounds, and one that is read already moves back at the same moment.
      if (round % 3 === 0 && next.size < 6) {
        const [moved] = next.keys();
        if (moved !== undefined) {
          const back = Math.floor((next.get(moved) as number) / 2);
          consumer.rewind({ topic, partition: moved, offset: back });
          next.set(moved, back);
        }
        consumer.assign([{ topic, partition: next.size, offset: 0 }]);
        next.set(next.size, 0);
      }
      for (const { partition, columns } of await consumer.poll(50, 100))
        for (const offset of columns.offset) {
          if (offset !== next.get(partition)) strays.push(`${partition}: ${offset} instead of ${next.get(partition)}`);
          next.set(partition, offset + 1);
        }
    }
    expect(strays).toEqual([]);
  });

  test('E22: a paused partition stays paused while others are assigned, and then goes on where it stood', async () => {
    const topic = await raw.topic('patient', 2);
    await raw.produce(
      topic,
      ['a', 'b', 'c'].map((value) => ({ value, partition: 0 })),
    );
    const { consumer } = await member(topic);
    consumer.assign([{ topic, partition: 0, offset: 0 }]);
    expect(await consumer.poll(1, 10_000)).toMatchObject([{ partition: 0, endPosition: 1 }]);
    consumer.pause([{ topic, partition: 0 }]);
    await raw.produce(topic, [{ value: 'd', partition: 1 }]);
    consumer.assign([{ topic, partition: 1, offset: 0 }]);
    expect((await nextBatch(consumer)).partition).toBe(1);
    expect(await consumer.poll(10, 300)).toEqual([]);
    consumer.resume([{ topic, partition: 0 }]);
    const batch = await nextBatch(consumer);
    expect([batch.partition, firstOf(batch)]).toEqual([0, 1]);
  });

  /** A member that has been given every partition of the topic, and reads none of them yet. */
  async function member(topic: string): Promise<{ readonly consumer: Consumer; readonly groupId: string }> {
    const groupId = uniqueName('group');
    const { consumer, heard } = await joining(topic, groupId);
    await eventually('it has its assignment', () => heard('assigned'));
    consumer.accept();
    return { consumer, groupId };
  }

  /** A member that nobody answers for; it hears what the group says while it is asked whether it has. */
  async function joining(topic: string, groupId: string) {
    const events: Rebalance[] = [];
    /** The partitions that it has been given and not been asked back. */
    const given = new Set<number>();
    const consumer = await kafka.openConsumer({
      groupId,
      topics: [topic],
      clientId: groupId,
      onRebalance(event) {
        events.push(event);
        for (const { partition } of event.partitions)
          if (event.kind === 'assigned') given.add(partition);
          else given.delete(partition);
      },
      onNotice: () => {},
    });
    onTestFinished(() => consumer.close());
    const heard = async (kind: Rebalance['kind']): Promise<boolean> => {
      await consumer.poll(1, 10);
      return events.some((event) => event.kind === kind);
    };
    return { consumer, events, given, heard };
  }
});

/** The client does what it is told, and throws. */
function refusing(raw: RawConsumer, name: 'assign' | 'incrementalAssign' | 'unassign' | 'incrementalUnassign') {
  const real: (...args: never[]) => void = raw[name];
  return vi.spyOn(raw, name).mockImplementation(function (this: RawConsumer, ...args: unknown[]) {
    real.apply(this, args as never[]);
    throw Object.assign(new Error(`${name}: Local: Erroneous state`), { code: -172 });
  });
}

/** Polls until a call whose answer comes through polls has it. */
async function answeredByPolls(consumer: Consumer, call: Promise<void>): Promise<void> {
  const answer = { isThere: false };
  void call.catch(() => {}).then(() => (answer.isThere = true));
  while (!answer.isThere) await consumer.poll(1, 10);
  await call;
}

async function nextBatch(consumer: Consumer): Promise<RecordBatch> {
  for (let polls = 0; polls < 200; polls++) {
    const [batch] = await consumer.poll(100, 100);
    if (batch) return batch;
  }
  throw new Error('nothing is delivered');
}

async function records(consumer: Consumer, count: number) {
  const found: {
    readonly key: string | null;
    readonly value: string | null;
    readonly timestamp: number | undefined;
    readonly headers: readonly string[];
  }[] = [];
  const text = (batch: RecordBatch, start: number, end: number): string | null =>
    start < 0 ? null : Buffer.from(batch.bytes.subarray(start, end)).toString();
  while (found.length < count) {
    const batch = await nextBatch(consumer);
    const { columns } = batch;
    for (let i = 0; i < batch.length; i++)
      found.push({
        key: text(batch, columns.keyStart[i] as number, columns.keyEnd[i] as number),
        value: text(batch, columns.valueStart[i] as number, columns.valueEnd[i] as number),
        timestamp: columns.timestamp[i],
        headers: readHeaders(batch.bytes, columns.headersStart[i] as number, columns.headersEnd[i] as number).map(
          ([name, value]) => `${name}=${value === null ? null : Buffer.from(value).toString()}`,
        ),
      });
  }
  return found;
}

function firstOf(batch: RecordBatch): number {
  return batch.columns.offset[0] as number;
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

/** An object whose own property is called `__proto__`. */
function proto(value: Buffer): Record<string, Buffer> {
  return Object.defineProperty({}, '__proto__', { value, enumerable: true });
}

// Reading a topic from outside: what is seen under which isolation, from where, and where the end is.

import { beforeAll, describe, expect, test } from 'vitest';
import { type Callback, type RawAdmin, rawModule } from '../../../src/adapters/confluent/raw-client.js';
import { type ReadTopicOptions, readTopic, type TopicRecord } from '../../../src/adapters/confluent/topic-reader.js';
import { startEmbeddedKafka } from '../../../src/embedded/kafka/broker.js';
import { eventually } from '../../support/engine-wait.js';
import { testBrokerProperties, testBrokers, uniqueName } from '../../support/kafka.js';
import { promised, RawKafka } from '../../support/raw.js';

let kafka: RawKafka;

beforeAll(() => {
  kafka = new RawKafka(testBrokers());
});

async function read(topic: string, options: Partial<ReadTopicOptions> = {}): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  for await (const record of readTopic({ brokers: testBrokers(), topic, ...options })) records.push(record);
  return records;
}

/** All groups that the brokers know. */
async function groups(): Promise<string[]> {
  const admin = rawModule().AdminClient.create({ 'bootstrap.servers': testBrokers() }) as RawAdmin & {
    listGroups(options: object, callback: Callback<{ readonly groups: readonly { readonly groupId: string }[] }>): void;
  };
  const answer = await promised<{ readonly groups: readonly { readonly groupId: string }[] }>((callback) =>
    admin.listGroups({ timeout: 5000 }, callback),
  );
  admin.disconnect();
  return answer.groups.map(({ groupId }) => groupId);
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());
const values = (records: readonly TopicRecord[]): (string | null)[] => records.map(({ value }) => text(value));

describe('a record', () => {
  test('has its place, time, key, value and headers, repeated ones included', async () => {
    const topic = await kafka.topic('reader', 2);
    const headers = [{ a: Buffer.from('1') }, { b: Buffer.from('2') }, { a: Buffer.from('3') }];
    await kafka.produce(topic, [
      { key: 'k', value: 'v', partition: 1, timestamp: 852_076_800_000, headers },
      { key: null, value: null, partition: 1, timestamp: 5 },
    ]);
    expect(await read(topic)).toEqual([
      {
        topic,
        partition: 1,
        offset: 0,
        timestamp: 852_076_800_000,
        key: Buffer.from('k'),
        value: Buffer.from('v'),
        headers: [
          ['a', Buffer.from('1')],
          ['b', Buffer.from('2')],
          ['a', Buffer.from('3')],
        ],
      },
      { topic, partition: 1, offset: 1, timestamp: 5, key: null, value: null, headers: [] },
    ]);
  });
});

describe('under isolation', () => {
  test('records of aborted and open transactions are not seen; without it they are', async () => {
    const topic = await kafka.topic('reader');
    const owner = await kafka.owner(uniqueName('owner'));
    await owner.write(topic, ['kept']);
    await owner.write(topic, ['dropped'], 'abort');
    await owner.write(topic, ['kept too']);
    await owner.begin();
    await owner.send(topic, ['open']);
    await kafka.produce(topic, ['behind the open one']);
    expect(values(await read(topic))).toEqual(['kept', 'kept too']);
    expect(values(await read(topic, { isolation: 'uncommitted' }))).toEqual([
      'kept',
      'dropped',
      'kept too',
      'open',
      'behind the open one',
    ]);
    await owner.abort();
    expect(values(await read(topic))).toEqual(['kept', 'kept too', 'behind the open one']);
  });

  test('the end is reached where the log ends in aborted records and markers', async () => {
    const topic = await kafka.topic('reader', 3);
    const owner = await kafka.owner(uniqueName('owner'));
    await owner.write(topic, ['a']);
    const many = Array.from({ length: 500 }, (_, i) => ({ value: `gone ${i}`, partition: i % 2 }));
    await owner.write(topic, many, 'abort');
    expect(values(await read(topic))).toEqual(['a']);
  });

  test('an empty topic ends at once', async () => {
    expect(await read(await kafka.topic('reader', 4))).toEqual([]);
  });
});

describe('reading begins', () => {
  let topic: string;
  beforeAll(async () => {
    topic = await kafka.topic('reader', 2);
    for (let i = 0; i < 6; i++) await kafka.produce(topic, [{ value: `${i}`, partition: i % 2, timestamp: 1000 + i }]);
    await kafka.deleteRecordsBefore(topic, 1, 0);
  });
  const from = async (place: NonNullable<ReadTopicOptions['from']>): Promise<string> =>
    values(await read(topic, { from: place }))
      .map(String)
      .toSorted()
      .join('');

  test('at the beginning, which is where the topic begins now', async () => {
    expect(await from('beginning')).toBe('12345');
  });
  test('at an offset of each partition', async () => {
    expect(await from({ offset: 2 })).toBe('45');
  });
  test('at the nearest end where the offset is outside of the topic', async () => {
    expect(await from({ offset: 0 })).toBe('12345');
    expect(await from({ offset: 99 })).toBe('');
  });
  test('at the first record of a time', async () => {
    expect(await from({ timestamp: 1003 })).toBe('345');
    expect(await from({ timestamp: 0 })).toBe('12345');
    expect(await from({ timestamp: 9999 })).toBe('');
  });
  test('in some of the partitions', async () => {
    expect(values(await read(topic, { partitions: [1] }))).toEqual(['1', '3', '5']);
  });
});

describe('reading goes on', () => {
  test('for ever, from the end, until the caller has enough', async () => {
    const topic = await kafka.topic('reader');
    await kafka.produce(topic, ['before']);
    const records = readTopic({ brokers: testBrokers(), topic, from: 'end', until: 'forever' });
    const first = records.next();
    const produced: string[] = [];
    let found: string | null | undefined;
    void first.then(({ value }) => (found = text(value?.value ?? null)));
    // It takes a moment until it stands at the end: what comes before that is not its business.
    await eventually('it sees one', async () => {
      produced.push(`after ${produced.length}`);
      await kafka.produce(topic, [produced.at(-1) as string]);
      return found !== undefined;
    });
    expect(produced).toContain(found);
    await records.return();
    expect((await records.next()).done).toBe(true);
  });

  test('no further than the topic reached when it began', async () => {
    const topic = await kafka.topic('reader');
    await kafka.produce(topic, ['a', 'b']);
    const seen: (string | null)[] = [];
    for await (const { value } of readTopic({ brokers: testBrokers(), topic })) {
      seen.push(text(value));
      await kafka.produce(topic, ['later']);
    }
    expect(seen).toEqual(['a', 'b']);
  });

  test('until a signal says that it is enough', async () => {
    const topic = await kafka.topic('reader');
    await kafka.produce(topic, ['a', 'b']);
    const enough = new AbortController();
    const seen: (string | null)[] = [];
    for await (const { value } of readTopic({
      brokers: testBrokers(),
      topic,
      until: 'forever',
      signal: enough.signal,
    })) {
      seen.push(text(value));
      enough.abort();
    }
    expect(seen).toEqual(['a']);
  });

  test('and commits nothing: no group is left behind', async () => {
    const topic = await kafka.topic('reader');
    await kafka.produce(topic, ['a']);
    await read(topic);
    expect((await groups()).filter((group) => group.startsWith('processor-reader'))).toEqual([]);
  });
});

describe('refused are', () => {
  test('a topic and a partition that do not exist', async () => {
    const topic = await kafka.topic('reader', 2);
    await expect(read(uniqueName('nowhere'))).rejects.toMatchObject({ code: 'PRC_TOPIC_UNKNOWN' });
    await expect(read(topic, { partitions: [2] })).rejects.toMatchObject({
      code: 'PRC_PARTITION_UNKNOWN',
      hint: 'Its partitions are 0 to 1.',
    });
  });

  test('a setting that does not exist', async () => {
    const topic = await kafka.topic('reader');
    await expect(read(topic, { settings: { nope: 1 } })).rejects.toMatchObject({ code: 'PRC_SETTING_INVALID' });
  });
});

test('a topic that stops answering is an error that names what is missing, not a wait for ever', async () => {
  const own = await startEmbeddedKafka({ name: 'reader-stall', properties: testBrokerProperties });
  try {
    const there = new RawKafka(own.brokers);
    const topic = await there.topic('reader');
    await there.produce(
      topic,
      Array.from({ length: 2000 }, () => 'x'.repeat(1000)),
    );
    // Little is fetched ahead, so that most of it is still with the broker when that stops.
    const settings = { 'queued.min.messages': 1, 'fetch.message.max.bytes': 20_000, 'queued.max.messages.kbytes': 20 };
    const records = readTopic({ brokers: own.brokers, topic, settings, stallMs: 1500 });
    expect((await records.next()).value).toMatchObject({ offset: 0 });
    await own.kill('SIGSTOP');
    const rest = async (): Promise<void> => {
      for await (const _ of records);
    };
    await expect(rest()).rejects.toMatchObject({
      code: 'PRC_READ_STALLED',
      message: expect.stringMatching(new RegExp(`^${topic} gave nothing for 1.5 s .*${topic}/0 at \\d+ of 2000`)),
    });
    await there.close();
  } finally {
    await own.kill('SIGCONT');
    await own.stop();
  }
});

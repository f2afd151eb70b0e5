// `processor produce`: JSON lines become records, each acknowledged, and what cannot be sent is said with its line.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { partitionOf } from '../../src/core/murmur2.js';
import { testBrokers } from '../support/kafka.js';
import { RawKafka, type ReadRecord } from '../support/raw.js';
import { cli, project, reported, startCli } from './support.js';

let kafka: RawKafka;
let empty: string;
let env: { readonly KAFKA_BROKERS: string };

beforeAll(async () => {
  env = { KAFKA_BROKERS: testBrokers() };
  kafka = new RawKafka(testBrokers());
  empty = await project({});
});

const lines = (...records: readonly unknown[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

async function produced(topic: string, input: string, args: readonly string[] = [], cwd: string = empty) {
  const result = await cli(['produce', topic, '--json', ...args], { cwd, env, input });
  const records = await kafka.read(topic);
  return { ...result, records, shown: records.map(({ key, value }) => [key, value]) };
}

const definition = (topic: string, key: string, value: string): string => `
import { avro, bytes, float64, int64, json, nullable, text, topic } from 'processor';
import { z } from 'zod';
export const t = topic('${topic}', { key: ${key}, value: ${value} });`;

describe('without codecs', () => {
  test('texts are sent as they are, anything else as JSON, null as null', async () => {
    const topic = await kafka.topic('cli-produce');
    const { code, stdout, stderr, shown } = await produced(
      topic,
      lines(
        { key: 'k', value: 'plain text' },
        { value: { a: [1, null] } },
        { key: 5, value: null },
        { key: { id: 1 }, value: true },
        { key: '', value: '' },
      ),
    );
    expect({ code, stderr, stdout }).toEqual({
      code: 0,
      stderr: '',
      stdout: `${JSON.stringify({ topic, sent: 5 })}\n`,
    });
    expect(shown).toEqual([
      ['k', 'plain text'],
      [null, '{"a":[1,null]}'],
      ['5', null],
      ['{"id":1}', 'true'],
      ['', ''],
    ]);
  });

  test('headers, time, bytes and partition are as given', async () => {
    const topic = await kafka.topic('cli-produce', 3);
    const { records } = await produced(
      topic,
      lines(
        {
          value: { $base64: 'AAH/' },
          headers: { a: ['1', '2'], b: { $base64: '/w==' }, n: null },
          timestamp: 852_076_800_000,
          partition: 2,
        },
        { value: 'x', timestamp: '1997-01-01T00:00:00Z', partition: 2 },
      ),
    );
    expect(records.map(({ partition, timestamp }) => [partition, timestamp])).toEqual([
      [2, 852_076_800_000],
      [2, 852_076_800_000],
    ]);
    expect(records[0]?.bytes.value).toEqual(Buffer.from([0, 1, 255]));
    expect(records[0]?.headers.map(([name, value]) => [name, Buffer.from(value).toString('hex')])).toEqual([
      ['a', '31'],
      ['a', '32'],
      ['b', Buffer.from('\ufffd').toString('hex')],
      ['n', ''],
    ]);
  });

  test('a key chooses the partition as Java’s producers do; records without one take turns; their time is now', async () => {
    const topic = await kafka.topic('cli-produce', 4);
    const keys = Array.from({ length: 20 }, (_, i) => `key ${i}`);
    const before = Date.now();
    const { records } = await produced(
      topic,
      lines(...keys.map((key) => ({ key, value: key })), ...'abcd'.split('').map((value) => ({ value }))),
    );
    const partitionFor = (key: string): number => partitionOf(Buffer.from(key), 0, key.length, 4);
    const placed = (record: ReadRecord): number =>
      record.key === null ? 'abcd'.indexOf(record.value ?? '') : partitionFor(record.key);
    expect(records).toHaveLength(24);
    for (const record of records) {
      expect([record.value, record.partition]).toEqual([record.value, placed(record)]);
      expect(record.timestamp).toBeGreaterThanOrEqual(before);
    }
  });

  test('a file is read as well, however long; empty lines are none', async () => {
    const topic = await kafka.topic('cli-produce', 2);
    const path = join(empty, 'many.jsonl');
    await writeFile(
      path,
      `\n${lines(...Array.from({ length: 25_000 }, (_, i) => ({ key: `${i}`, value: i })))}\r\n  \n{"value":"last"}`,
    );
    const { code, stdout, records } = await produced(topic, '', ['-f', path]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ topic, sent: 25_001 });
    expect(new Set(records.map(({ value }) => value)).size).toBe(25_001);
  });

  test('what `tail --json` prints can be sent again', async () => {
    const [from, to] = [await kafka.topic('cli-produce', 2), await kafka.topic('cli-produce', 2)];
    await kafka.produce(from, [
      {
        key: 'a',
        value: '{"n":1}',
        partition: 1,
        timestamp: 1000,
        headers: [{ h: Buffer.from('x') }, { h: Buffer.from('y') }],
      },
      { key: Buffer.from([0, 200]), value: null, partition: 0, timestamp: 2000 },
      { key: null, value: '42', partition: 1, timestamp: 3000 },
    ]);
    const { stdout } = await cli(['tail', from, '--no-follow', '--json'], { cwd: empty, env });
    const { records } = await produced(to, stdout);
    expect(records).toEqual((await kafka.read(from)).map((record) => ({ ...record, topic: to })));
  });

  test('a pipe that trickles is not held back, and Ctrl-C ends it with what was read', async () => {
    const topic = await kafka.topic('cli-produce');
    const running = startCli(['produce', topic], { cwd: empty, env });
    running.child.stdin?.write('{"value":"first"}\n');
    await running.does('the first is there', async () => (await kafka.values(topic)).join() === 'first');
    running.child.stdin?.write('{"value":"second"}\n');
    await running.does('the second is there', async () => (await kafka.values(topic)).join() === 'first,second');
    running.signal('SIGINT');
    expect(await running.ended).toMatchObject({ code: 0, stderr: `2 records sent to ${topic}\n` });
  });
});

describe('with codecs of the processors here', () => {
  test('keys and values are encoded by them', async () => {
    const topic = await kafka.topic('cli-produce');
    const folder = await project({
      'processors/t.ts': definition(
        topic,
        'nullable(int64())',
        'json(z.object({ at: z.iso.date(), $date: z.string().optional() }))',
      ),
    });
    const { code, records } = await produced(
      topic,
      lines(
        { key: 7, value: { at: '1997-01-01', $date: 'stays as it is' } },
        { key: { $bigint: '-9223372036854775808' }, value: { at: '1997-01-02' } },
        { value: { at: '1997-01-03' } },
      ),
      [],
      folder,
    );
    expect(code).toBe(0);
    expect(records.map(({ bytes, value }) => [bytes.key?.toString('hex') ?? null, value])).toEqual([
      ['0000000000000007', '{"at":"1997-01-01","$date":"stays as it is"}'],
      ['8000000000000000', '{"at":"1997-01-02"}'],
      [null, '{"at":"1997-01-03"}'],
    ]);
  });

  test('what does not fit is refused with its line; with --raw it is sent all the same', async () => {
    const topic = await kafka.topic('cli-produce');
    const folder = await project({
      'processors/t.ts': definition(topic, 'text()', 'json(z.object({ n: z.number() }))'),
    });
    const input = lines(
      { key: 'a', value: { n: 1 } },
      { key: 'b', value: { n: 'two' } },
      { key: 'c', value: { n: 3 } },
    );
    const refused = await produced(topic, input, [], folder);
    expect(refused.code).toBe(1);
    expect(reported(refused)).toMatchObject({
      code: 'PRC_LINE_INVALID',
      message: expect.stringMatching(/^line 2 of standard input cannot be sent: its value does not fit: .*at n/),
      hint: expect.stringContaining('Before it, 1 record was sent and acknowledged; after it, nothing was.'),
    });
    expect(refused.shown).toEqual([['a', '{"n":1}']]);
    expect((await produced(topic, input, ['--raw'], folder)).shown).toHaveLength(4);
  });

  test('a schema that is not registered is an error before anything is sent', async () => {
    const topic = await kafka.topic('cli-produce');
    const folder = await project({
      'processors/t.ts': definition(topic, 'text()', "avro({ type: 'record', name: 'R', fields: [] })"),
    });
    const { code, ...result } = await produced(topic, lines({ key: 'k', value: {} }), [], folder);
    expect(code).toBe(3);
    expect(reported({ code, ...result })).toMatchObject({ code: 'PRC_REGISTRY_MISSING' });
    expect(result.shown).toEqual([]);
  });

  test('a broken processor is an error: its codecs cannot be asked', async () => {
    const topic = await kafka.topic('cli-produce');
    const { code, shown } = await produced(
      topic,
      lines({ value: 1 }),
      [],
      await project({ 'processors/p.ts': 'export const = 1' }),
    );
    expect({ code, shown }).toEqual({ code: 3, shown: [] });
  });
});

describe('a line is refused', () => {
  let topic: string;
  beforeAll(async () => {
    topic = await kafka.topic('cli-produce', 2);
  });

  test.for([
    ['nonsense', 'is not valid JSON'],
    ['[1]', 'it is not a JSON object'],
    ['{"key":"a"}', "it has no 'value'"],
    ['{"valeu":1}', "it has the unknown field 'valeu'. Did you mean 'value'?"],
    ['{"value":1,"partition":2}', "its 'partition' is not one of 0 to 1"],
    ['{"value":1,"partition":"0"}', "its 'partition' is not one of 0 to 1"],
    ['{"value":1,"timestamp":"soon"}', "its 'timestamp' is neither"],
    ['{"value":1,"timestamp":-5}', "its 'timestamp' is neither"],
    ['{"value":1,"headers":["a"]}', "its 'headers' are not an object"],
    ['{"value":1,"headers":{"a":5}}', "its header 'a' is neither a text nor"],
    ['{"value":{"$base64":"#"}}', '$base64 takes a text in base64'],
    ['{"value":1,"undecodable":{"value":"x"}}', 'could not be decoded when it was read'],
  ] as const)('%s: %s', async ([line, says]) => {
    const { code, ...result } = await produced(topic, `\n${line}\n{"value":"after it"}\n`);
    expect(code).toBe(1);
    expect(reported({ code, ...result })).toMatchObject({
      code: 'PRC_LINE_INVALID',
      message: expect.stringContaining('line 2 of'),
    });
    expect(reported({ code, ...result }).message).toContain(says);
    expect(result.shown).toEqual([]);
  });
});

describe('refused are', () => {
  test('a mistyped topic, and a file that cannot be read', async () => {
    const topic = await kafka.topic('cli-produce');
    const unknown = await cli(['produce', `${topic}x`, '--json'], { cwd: empty, env, input: '{"value":1}' });
    expect(unknown.code).toBe(3);
    expect(reported(unknown)).toMatchObject({ code: 'PRC_TOPIC_UNKNOWN', hint: expect.stringContaining(topic) });
    for (const [path, reason] of [['nowhere.jsonl', 'ENOENT'] as const, ['.', 'it is a folder'] as const]) {
      const result = await cli(['produce', topic, '-f', path, '--json'], { cwd: empty, env });
      expect(result.code).toBe(1);
      expect(reported(result)).toMatchObject({
        code: 'PRC_INPUT_UNREADABLE',
        message: expect.stringContaining(reason),
      });
    }
  });

  test('records that the broker does not take: which lines, and what was sent before', async () => {
    const topic = await kafka.topic('cli-produce', 1, { 'max.message.bytes': '2000' });
    // The first 2,000 records arrive, in requests that fit; the one behind them is too large.
    const small = Array.from({ length: 2000 }, (_, i) => ({ value: `small ${i}` }));
    const result = await produced(topic, lines(...small, { value: 'x'.repeat(5000) }), [
      '-X',
      'compression.type=none',
      '-X',
      'batch.size=1000',
    ]);
    expect(result.code).toBe(1);
    expect(reported(result)).toMatchObject({
      code: 'PRC_SEND_FAILED',
      message: expect.stringMatching(
        /^not all of the lines 2001 to 2001 of standard input reached .*MSG_SIZE_TOO_LARGE/,
      ),
      hint: expect.stringContaining(
        'Before them, 2,000 records were sent and acknowledged; of these lines, 0 of 1 records were',
      ),
    });
    expect(result.records).toHaveLength(2000);
  });

  test('some of whose lines were acknowledged: how many', async () => {
    const topic = await kafka.topic('cli-produce', 1, { 'max.message.bytes': '2000' });
    const input = lines({ value: 'a' }, { value: 'b' }, { value: 'x'.repeat(5000) }, { value: 'c' });
    const each = ['-X', 'compression.type=none', '-X', 'batch.num.messages=1'];
    const result = await produced(topic, input, each);
    expect(reported(result)).toMatchObject({
      code: 'PRC_SEND_FAILED',
      details: { acknowledged: 3, records: 4 },
      hint: expect.stringContaining('of these lines, 3 of 4 records were'),
    });
    expect(result.records).toHaveLength(3);
  });
});

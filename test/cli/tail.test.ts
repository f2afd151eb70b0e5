// `processor tail`: what of a topic people and programs get to read.

import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/embedded/schema-registry/server.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka, type RawRecord } from '../support/raw.js';
import { cli, project, reported, startCli } from './support.js';

let kafka: RawKafka;
let registry: EmbeddedRegistry;
let empty: string;
let env: { readonly KAFKA_BROKERS: string };

beforeAll(async () => {
  env = { KAFKA_BROKERS: testBrokers() };
  kafka = new RawKafka(testBrokers());
  registry = await startEmbeddedRegistry();
  empty = await project({});
});
afterAll(() => registry.stop());

async function topicWith(records: readonly (RawRecord | string)[], partitions = 1): Promise<string> {
  const topic = await kafka.topic('cli-tail', partitions);
  await kafka.produce(topic, records);
  return topic;
}

/** The records as `--json` prints them. */
async function tailed(
  topic: string,
  args: readonly string[] = [],
  cwd: string = empty,
  more: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await cli(['tail', topic, '--no-follow', '--json', ...args], {
    cwd,
    env: { ...env, ...more },
  });
  const records = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, stderr, records, values: records.map(({ value }) => value) };
}

describe('without codecs, a record is shown as well as can be guessed:', () => {
  test('text as text, JSON as JSON, the rest as bytes', async () => {
    const headers = [{ trace: Buffer.from('abc') }, { trace: Buffer.from('def') }, { raw: Buffer.from([0xff]) }];
    const topic = await topicWith([
      { key: 'k', value: '{"a":[1]}', timestamp: 852_076_800_000, headers },
      { key: null, value: '42', timestamp: 1 },
      { key: Buffer.from([0, 0, 0, 7]), value: null, timestamp: 1 },
      { value: '{"a":', timestamp: 1 },
    ]);
    const { code, stderr, records } = await tailed(topic);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const place = { partition: 0, headers: {}, timestamp: 1 };
    expect(records).toEqual([
      {
        partition: 0,
        offset: 0,
        timestamp: 852_076_800_000,
        key: 'k',
        value: { a: [1] },
        headers: { trace: ['abc', 'def'], raw: { $base64: '/w==' } },
      },
      // A text that was a number stays one: it can be sent again as it was.
      { ...place, offset: 1, key: null, value: '42' },
      { ...place, offset: 2, key: { $base64: 'AAAABw==' }, value: null },
      { ...place, offset: 3, key: null, value: '{"a":' },
    ]);
  });

  test('for people one line each: place, time, key, value, headers; bytes in hex, no colours in a pipe', async () => {
    const topic = await topicWith([
      { key: 'k', value: '{"a": 1}', timestamp: 852_076_800_000, headers: [{ h: Buffer.from('x') }] },
      { key: Buffer.from([255, 0]), value: null, timestamp: 852_076_800_000 },
    ]);
    const { stdout } = await cli(['tail', topic, '--no-follow'], { cwd: empty, env });
    expect(stdout).toBe(
      `${topic}/0@0  1997-01-01T00:00:00.000Z  k  {"a":1}  h=x\n${topic}/0@1  1997-01-01T00:00:00.000Z  0xff00  null\n`,
    );
  });
});

describe('with codecs of the processors here, a record is decoded:', () => {
  const codecs = (topic: string, key: string, value: string): string => `
import { avro, int64, json, nullable, text, topic } from 'processor';
import { z } from 'zod';
export const t = topic('${topic}', { key: ${key}, value: ${value} });`;

  test('what they cannot read is guessed, and it is said why', async () => {
    const key = Buffer.alloc(8);
    key.writeBigInt64BE(7n);
    const topic = await topicWith([
      { key, value: '{"a":1}' },
      { key, value: null },
      { key: 'x', value: '{"a":"one"}' },
    ]);
    const folder = await project({
      'processors/t.ts': codecs(topic, 'int64()', 'nullable(json(z.object({ a: z.number() })))'),
    });
    const { records } = await tailed(topic, [], folder);
    expect(records).toEqual([
      expect.objectContaining({ key: 7, value: { a: 1 } }),
      expect.objectContaining({ key: 7, value: null }),
      expect.objectContaining({
        key: 'x',
        value: { a: 'one' },
        undecodable: { key: expect.stringContaining('1 bytes, not 8'), value: expect.stringContaining('at a') },
      }),
    ]);
    const { stdout } = await cli(['tail', topic, '--no-follow'], { cwd: folder, env });
    expect(stdout).toMatch(/! key: .* bytes, not 8.* {2}! value: .*at a/);
    expect((await tailed(topic, ['--raw'], folder)).records[2]).not.toHaveProperty('undecodable');
  });

  test('Avro by the registry; bytes with a known schema also where nobody declares the topic', async () => {
    const topic = await kafka.topic('cli-tail');
    const value = `avro({ type: 'record', name: 'R', fields: [
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'blob', type: 'bytes' }, { name: 'n', type: 'int' } ] })`;
    const folder = await project({ 'processors/t.ts': codecs(topic, 'text()', value) });
    const registered = { SCHEMA_REGISTRY_URL: registry.url };
    const line = { key: 'k', value: { at: { $date: '1997-01-01T00:00:00.000Z' }, blob: { $base64: 'AQI=' }, n: 5 } };
    const sent = await cli(['produce', topic, '--register-schemas'], {
      cwd: folder,
      env: { ...env, ...registered },
      input: JSON.stringify(line),
    });
    expect(sent).toMatchObject({ code: 0 });
    expect((await tailed(topic, [], folder, registered)).records).toEqual([expect.objectContaining(line)]);
    expect((await tailed(topic, [], empty, registered)).records).toEqual([expect.objectContaining(line)]);
    const without = await tailed(topic, [], folder);
    expect(without).toMatchObject({ code: 0, values: [{ $base64: expect.any(String) }] });
    expect(without.stderr).toMatch(/cannot be used, its records are guessed: PRC_REGISTRY_MISSING/);
  });

  test('a broken processor does not keep anyone from looking', async () => {
    const topic = await topicWith(['x']);
    const { code, stderr, values } = await tailed(topic, [], await project({ 'processors/p.ts': 'export const = 1' }));
    expect({ code, values }).toEqual({ code: 0, values: ['x'] });
    expect(stderr).toMatch(/PRC_MODULE_UNREADABLE processors\/p\.ts:1:14/);
  });
});

describe('shown are', () => {
  test('committed records; with --isolation uncommitted the others too', async () => {
    const topic = await kafka.topic('cli-tail');
    const owner = await kafka.owner(uniqueName('owner'));
    await owner.write(topic, ['gone'], 'abort');
    await owner.write(topic, ['kept']);
    expect((await tailed(topic)).values).toEqual(['kept']);
    expect((await tailed(topic, ['--isolation', 'uncommitted'])).values).toEqual(['gone', 'kept']);
  });

  test('records from a place on, of some partitions, and so many', async () => {
    const records = Array.from({ length: 6 }, (_, i) => ({
      value: `${i}`,
      partition: i % 2,
      timestamp: Date.parse('2026-01-01T00:00:00Z') + i * 60_000,
    }));
    const topic = await topicWith(records, 2);
    const of = async (...args: string[]): Promise<string> => {
      const { code, stderr, values } = await tailed(topic, args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return values.map(String).toSorted().join('');
    };
    expect(await of()).toBe('012345');
    expect(await of('--from', '2')).toBe('45');
    expect(await of('--from', '2026-01-01T00:03:00Z')).toBe('345');
    expect(await of('--from', 'end')).toBe('');
    expect(await of('-p', '1')).toBe('135');
    expect(await of('-p', '1', '-p', '0', '-n', '4')).toHaveLength(4);
    const beyond = await tailed(topic, ['--from', '999999', '-p', '1']);
    expect(beyond).toMatchObject({
      code: 0,
      values: [],
      stderr: `the offset 999999 is beyond the end: ${topic}/1 ends at 3\n`,
    });
  });

  test('records as they come, until Ctrl-C', async () => {
    const topic = await topicWith(['before']);
    const running = startCli(['tail', topic, '--json'], { cwd: empty, env });
    let produced = 0;
    await running.does('it shows what comes', async () => {
      await kafka.produce(topic, [`after ${produced++}`]);
      return running.stdout.includes('after');
    });
    running.signal('SIGINT');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect(running.stdout).not.toContain('before');
  });

  test('as many as the reader of the pipe wants', async () => {
    const topic = await topicWith(['record 0', 'record 1', 'record 2']);
    const running = startCli(['tail', topic, '--from', 'beginning'], { cwd: empty, env });
    const head = spawn('head', ['-n', '2'], { stdio: ['pipe', 'pipe', 'inherit'] });
    head.stdout.setEncoding('utf8');
    // A shell's pipe has two ends; this one goes through here, and must break as theirs does when the reader is gone.
    running.child.stdout?.pipe(head.stdin).on('error', () => {});
    head.once('exit', () => running.child.stdout?.destroy());
    const shown = (await head.stdout.toArray()).join('');
    expect(shown.match(/record \d/g)).toEqual(['record 0', 'record 1']);
    // That nobody reads any more shows with the next line.
    await running.does('it ends', async () => {
      await kafka.produce(topic, ['one more']);
      return running.child.exitCode !== null;
    });
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('refused are', () => {
  test('a mistyped topic, with the one that was meant', async () => {
    const topic = await kafka.topic('cli-tail');
    const result = await cli(['tail', `${topic}x`, '--json'], { cwd: empty, env });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({
      code: 'PRC_TOPIC_UNKNOWN',
      hint: expect.stringContaining(`Did you mean '${topic}'?`),
    });
  });

  test('a partition that the topic does not have', async () => {
    const topic = await kafka.topic('cli-tail', 2);
    const result = await cli(['tail', topic, '-p', '5', '--json'], { cwd: empty, env });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({ code: 'PRC_PARTITION_UNKNOWN' });
  });
});

// `processor describe` as a user has it: without a Kafka.

import { execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cli, project, reported } from './support.js';

let folder: string;
beforeAll(async () => {
  folder = await project({
    'processors/enrich.ts': `import { deadLetter, processor, text, topic } from 'processor';
const plain = { key: text(), value: text() };
export default processor({
  name: 'enrich', input: topic('orders', plain), outputs: { enriched: topic('enriched', plain), audit: topic('audit', plain) },
  onError: { decode: deadLetter() },
  handle({ key, value }, { out }) { out.enriched(key, value); out.audit(key, value); },
});`,
    'processors/count.ts': `import { processor, text, topic } from 'processor';
export default processor({ name: 'count', guarantee: 'at-least-once', input: topic('orders', { key: text(), value: text() }), handle() {} });`,
  });
});

const run = (...args: string[]) => cli(['describe', ...args], { cwd: folder });

describe('for people', () => {
  test('it says what a processor reads and writes, and what its login needs', async () => {
    const { code, stdout, stderr } = await run('enrich');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(`enrich          processors/enrich.ts
  guarantee     exactly-once
  reads         orders
  writes        enriched
                audit
  dead letters  enrich.dlq
  group         enrich
  needs         READ on the topic orders
                WRITE on the topic enriched
                WRITE on the topic audit
                WRITE on the topic enrich.dlq
                READ on the group enrich
                WRITE on the transactional ids that begin with enrich/
`);
  });

  test('of all processors, under a namespace', async () => {
    const { stdout } = await run('--namespace', 'blue-');
    expect(stdout).toMatch(/^count +processors\/count\.ts\n/m);
    expect(stdout).toContain('READ on the group blue-count\n');
    expect(stdout).toContain('blue-enrich.dlq');
  });
});

describe('as kafka-acls commands', () => {
  test('it leaves to the shell what it does not know', async () => {
    const { stdout } = await run('count', '--format', 'acls');
    expect(stdout).toBe(`# count
kafka-acls --bootstrap-server "$KAFKA_BROKERS" --add --allow-principal "User:$KAFKA_SASL_USERNAME" --operation Read --topic orders
kafka-acls --bootstrap-server "$KAFKA_BROKERS" --add --allow-principal "User:$KAFKA_SASL_USERNAME" --operation Read --group count
`);
  });

  test('it names brokers and principal where they are known, from flags before the environment', async () => {
    const args = ['describe', 'enrich', '--format', 'acls'];
    const env = { KAFKA_BROKERS: 'kafka:9092', KAFKA_SASL_USERNAME: 'alice' };
    const known = await cli(args, { cwd: folder, env });
    expect(known.stdout).toContain(
      'kafka-acls --bootstrap-server kafka:9092 --add --allow-principal User:alice --operation Write --transactional-id enrich/ --resource-pattern-type prefixed\n',
    );
    const told = await cli(
      [...args, '-b', 'b:1', '--command-config', 'admin.properties', '--principal', "User:CN=o'hara, O=shop"],
      { cwd: folder, env },
    );
    expect(told.stdout).toContain(
      "--bootstrap-server b:1 --command-config admin.properties --add --allow-principal 'User:CN=o'\\''hara, O=shop' --operation",
    );
  });

  test('a shell runs them as they are', async () => {
    const tool = join(folder, 'kafka-acls');
    await writeFile(tool, '#!/bin/sh\nfor word; do printf "[%s]" "$word"; done; echo\n');
    await chmod(tool, 0o755);
    const { stdout } = await run('count', '--format', 'acls', '--principal', "User:CN=o'hara, O=shop");
    const said = execFileSync('sh', {
      input: stdout,
      env: { PATH: `${folder}:/usr/bin:/bin`, KAFKA_BROKERS: 'a:1,b:2' },
    });
    expect(String(said).split('\n')[0]).toBe(
      "[--bootstrap-server][a:1,b:2][--add][--allow-principal][User:CN=o'hara, O=shop][--operation][Read][--topic][orders]",
    );
  });
});

test('as JSON it has all of both', async () => {
  const { stdout } = await run('enrich', '--json', '--namespace', 'blue-');
  expect(JSON.parse(stdout)).toEqual({
    processors: [
      {
        processor: 'enrich',
        module: 'processors/enrich.ts',
        guarantee: 'exactly-once',
        group: 'blue-enrich',
        transactionalIdPrefix: 'blue-enrich/',
        inputs: ['orders'],
        outputs: ['enriched', 'audit'],
        deadLetters: ['blue-enrich.dlq'],
        acls: [
          { operation: 'READ', resource: 'topic', pattern: 'literal', name: 'orders' },
          { operation: 'WRITE', resource: 'topic', pattern: 'literal', name: 'enriched' },
          { operation: 'WRITE', resource: 'topic', pattern: 'literal', name: 'audit' },
          { operation: 'WRITE', resource: 'topic', pattern: 'literal', name: 'blue-enrich.dlq' },
          { operation: 'READ', resource: 'group', pattern: 'literal', name: 'blue-enrich' },
          { operation: 'WRITE', resource: 'transactional id', pattern: 'prefixed', name: 'blue-enrich/' },
        ],
      },
    ],
  });
});

test('a processor that is not there is an error, and a format that is none is a mistyped command', async () => {
  const unknown = await run('enrihc', '--json');
  expect(unknown.code).toBe(3);
  expect(reported(unknown)).toMatchObject({ code: 'PRC_PROCESSOR_UNKNOWN', hint: expect.stringContaining('enrich') });
  const mistyped = await run('--format', 'yaml', '--json');
  expect(mistyped.code).toBe(2);
  expect(reported(mistyped).hint).toContain('npx processor describe --help');
});

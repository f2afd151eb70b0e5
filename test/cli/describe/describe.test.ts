// `processor describe` as a user has it: without a Kafka.

import { beforeAll, describe, expect, test } from 'vitest';
import { cli, project, reported } from '../support.js';

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

test('for people it prints the sheets of all processors, or of those that are named', async () => {
  const { code, stdout, stderr } = await run('--namespace', 'blue-');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^count {2}\(processors\/count\.ts\)\n\nIdentity\n/);
  expect(stdout).toContain('\n\n\nenrich  (processors/enrich.ts)\n');
  expect(stdout).toContain('READ on the group blue-count\n');
  expect(stdout).toContain('blue-enrich.dlq');
});

test('as a graph it has them all in one', async () => {
  const { stdout } = await run('--format', 'mermaid');
  expect(stdout).toMatch(/^flowchart LR\n/);
  expect(stdout.match(/"orders"/g)).toHaveLength(1);
});

test('as kafka-acls commands it names brokers and login by the flags, or by the environment', async () => {
  const args = ['describe', 'enrich', '--format', 'acls'];
  const env = { KAFKA_BROKERS: 'kafka:9092', KAFKA_SASL_USERNAME: 'alice' };
  const { stdout } = await cli(args, { cwd: folder, env });
  expect(stdout).toMatch(/^kafka-acls --bootstrap-server kafka:9092 --add --allow-principal User:alice --operation /m);
  const told = await cli([...args, '-b', 'b:1', '--command-config', 'admin.properties', '--principal', 'User:bob'], {
    cwd: folder,
    env,
  });
  expect(told.stdout).toMatch(
    /^kafka-acls --bootstrap-server b:1 --command-config admin\.properties --add --allow-principal User:bob --operation /m,
  );
});

test('as JSON it has the whole sheet, with null for what there is none of', async () => {
  const { stdout } = await run('count', '--json', '--namespace', 'blue-', '-X', 'session.timeout.ms=6000');
  expect(JSON.parse(stdout)).toEqual({
    processors: [
      {
        processor: 'count',
        module: 'processors/count.ts',
        guarantee: 'at-least-once',
        group: {
          id: 'blue-count',
          protocol: 'classic',
          assignor: 'cooperative-sticky',
          isolationLevel: 'read_committed',
          start: 'earliest',
        },
        transactionalIds: null,
        inputs: [
          {
            topic: 'orders',
            partitions: null,
            config: {},
            key: { format: 'text', nullable: false, subject: null, schema: null },
            value: { format: 'text', nullable: false, subject: null, schema: null },
            handledPer: 'record',
          },
        ],
        outputs: [],
        handlerEffects: 'at-least-once',
        onError: { decode: { policy: 'fail' }, handle: { policy: 'fail' }, encode: { policy: 'fail' } },
        deadLetters: [],
        deadLetterHeaders: expect.arrayContaining(['dlq.topic', 'dlq.error.message']),
        limits: {
          handlerTimeoutMs: 10_000,
          batchRecordsMax: 5000,
          batchBytesMax: 8_388_608,
          batchAgeMsMax: 100,
          callBytesMax: 67_108_864,
          partitionBytesMax: 16_777_216,
          processorBytesMax: 134_217_728,
          revokeTimeoutMs: 5000,
          shutdownTimeoutMs: 1000,
          transactionTimeoutMs: null,
          sessionTimeoutMs: 6000,
          heartbeatIntervalMs: 500,
          pollIntervalMsMax: 300_000,
          compression: 'lz4',
        },
        acls: [
          { operation: 'READ', resource: 'topic', pattern: 'literal', name: 'orders' },
          { operation: 'READ', resource: 'group', pattern: 'literal', name: 'blue-count' },
        ],
      },
    ],
  });
});

describe('what cannot be described is an error', () => {
  test('a processor that is not there', async () => {
    const unknown = await run('enrihc', '--json');
    expect(unknown.code).toBe(3);
    expect(reported(unknown)).toMatchObject({ code: 'PRC_PROCESSOR_UNKNOWN', hint: expect.stringContaining('enrich') });
  });

  test('a setting that run would refuse', async () => {
    const refused = await run('enrich', '-X', 'acks=1', '--json');
    expect(refused.code).toBe(3);
    expect(reported(refused).code).toBe('PRC_SETTING_REFUSED');
  });

  test('a format that is none', async () => {
    const mistyped = await run('--format', 'yaml', '--json');
    expect(mistyped.code).toBe(2);
    expect(reported(mistyped).hint).toContain('npx processor describe --help');
  });
});

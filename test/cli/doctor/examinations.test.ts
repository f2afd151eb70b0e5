// How the doctor judges what it is given: numbers of the machine, features of the client, clocks.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clockAgainst } from '../../../src/cli/doctor/connections.js';
import { bad, type Examined, examine, exitCodeFor, good } from '../../../src/cli/doctor/examined.js';
import { clientWith, java } from '../../../src/cli/doctor/installation.js';
import { memory, nodeVersion, oldestNode, openFiles, threadPool } from '../../../src/cli/doctor/machine.js';
import { ProcessorError } from '../../../src/errors/processor-error.js';

const mebibyte = 2 ** 20;

test.for([
  ['v20.19.0', 'good'],
  ['v20.20.2', 'good'],
  ['v22.1.0', 'good'],
  ['v20.9.0', 'bad'],
  ['v18.20.8', 'bad'],
] as const)('Node %s is %s', ([version, state]) => {
  expect(nodeVersion(version).state).toBe(state);
});

test('the oldest Node is the one of package.json', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(text) as { readonly engines: { readonly node: string } };
  expect(engines.node).toBe(`>=${oldestNode}`);
});

test('a pool with few threads is doubtful (E14), and where it was started too early, that is said', () => {
  expect(threadPool(128, true).state).toBe('good');
  expect(threadPool(4, true)).toMatchObject({
    state: 'doubtful',
    toDo: expect.stringContaining('UV_THREADPOOL_SIZE=128'),
  });
  expect(threadPool(4, false).says).toContain('preloaded');
});

test('open files are read from what the system says, if it says anything', () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft}                 1048576              files     \n`;
  expect(openFiles(limits('1024'))).toMatchObject([{ state: 'doubtful', toDo: expect.stringContaining('ulimit -n') }]);
  expect(openFiles(limits('65536'))).toMatchObject([{ state: 'good', says: 'at most 65536' }]);
  expect(openFiles(limits('unlimited'))).toMatchObject([{ state: 'good' }]);
  expect(openFiles(undefined)).toEqual([]);
});

describe('memory', () => {
  const machine = { machineBytes: 16_384 * mebibyte };

  test('without a limit of a container is good', () => {
    expect(memory({ ...machine, limitBytes: undefined, heapMaxBytes: 4096 * mebibyte }).state).toBe('good');
    expect(memory({ ...machine, limitBytes: 2 ** 63, heapMaxBytes: 4096 * mebibyte }).state).toBe('good');
  });

  test('that the heap alone could fill is doubtful, and a fitting heap is named', () => {
    const tight = memory({ ...machine, limitBytes: 1024 * mebibyte, heapMaxBytes: 2048 * mebibyte });
    expect(tight).toMatchObject({ state: 'doubtful', toDo: expect.stringContaining('--max-old-space-size=640') });
    expect(memory({ ...machine, limitBytes: 1024 * mebibyte, heapMaxBytes: 640 * mebibyte }).state).toBe('good');
    const tiny = memory({ ...machine, limitBytes: 256 * mebibyte, heapMaxBytes: 2048 * mebibyte });
    expect(tiny.toDo).toContain('--max-old-space-size=64');
  });
});

test('what the client was built without is said, with what it is for', () => {
  const all = ['ssl', 'sasl_plain', 'sasl_scram', 'sasl_oauthbearer', 'gzip', 'snappy', 'lz4', 'zstd', 'regex'];
  expect(clientWith('2.15.1', all)).toMatchObject({ state: 'good', says: expect.stringContaining('2.15.1') });
  const lacking = clientWith(
    '2.15.1',
    all.filter((one) => one !== 'ssl' && one !== 'zstd'),
  );
  expect(lacking).toMatchObject({
    state: 'doubtful',
    says: 'librdkafka 2.15.1, built without ssl (TLS), zstd (compressed records)',
  });
});

test('what only the embedded Kafka needs is no trouble where another one is named', () => {
  const without = { PATH: '' };
  expect(java(without, true)).toMatchObject({ state: 'doubtful', toDo: expect.stringContaining('Install it') });
  expect(java(without, false)).toMatchObject({
    state: 'good',
    says: expect.stringContaining('only the embedded Kafka'),
  });
});

test('a clock is held against the date of an answer, which has whole seconds', () => {
  const date = 'Sat, 21 Nov 2026 12:00:00 GMT';
  const noon = Date.parse(date);
  expect(clockAgainst(date, noon + 4000)?.state).toBe('good');
  expect(clockAgainst(date, noon + 60_000)).toMatchObject({
    state: 'doubtful',
    says: expect.stringContaining('60 seconds ahead'),
  });
  expect(clockAgainst(date, noon - 60_000)?.says).toContain('60 seconds behind');
  expect(clockAgainst(null, noon)).toBeUndefined();
});

describe('the exit code is', () => {
  const unreachable = bad(
    'b',
    new ProcessorError('PRC_BROKER_UNREACHABLE', { brokers: 'b:1', seconds: 1, reason: 'none' }),
  );
  const wrong = bad('c', new ProcessorError('PRC_BROKERS_MISSING', { command: 'run' }));
  const unforeseen: Examined = bad('d', new TypeError('x is not a function'));
  test.for([
    ['0 if nothing is bad', [good('a', 'fine')], 0],
    ['4 if nobody answers', [good('a', 'fine'), unreachable], 4],
    ['3 if something else is bad, too', [unreachable, wrong], 3],
    ['3 for what nobody foresaw', [unforeseen], 3],
  ] as const)('%s', ([, examined, code]) => {
    expect(exitCodeFor(examined)).toBe(code);
  });
});

test('an examination that fails is a line, not the end', async () => {
  const thrown = await examine('it', () => {
    throw new TypeError('x is not a function');
  });
  expect(thrown).toEqual([{ subject: 'it', state: 'bad', says: 'x is not a function' }]);
});

// The C code of the fast lane under gcc's sanitizers, without Node.js and without a broker (harness/harness.h): nothing is used
// after it is gone and nothing is left behind, in whatever order clients, calls and handles end (L1, L2).

import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const lane = 'src/adapters/confluent/native';
const harness = 'test/adapters/confluent/native/harness';
const client = dirname(createRequire(import.meta.url).resolve('@confluentinc/kafka-javascript/package.json'));
const librdkafka = join(client, 'build/deps/librdkafka.so.1');
/** Small enough for a test to have more in one batch. */
const batchBytesMax = 30_000;
const stories = [
  'copies are told apart',
  'failures leave nothing behind',
  'records come as they went',
  'batches that are too large are split',
  'columns that are wrong are refused',
  'offsets while clients end',
  'ends in every order',
];
const missing = whatIsMissing();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-harness-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(missing !== undefined)(missing ?? 'the lane, without Node.js', () => {
  test('uses no memory that is not its own, and frees what is', async () => {
    const told = await run('address,undefined', 1000, { ASAN_OPTIONS: 'detect_leaks=1' });
    expect(told).toEqual({ said: stories, complained: '' });
  }, 60_000);

  test('shares nothing between threads without a lock', async () => {
    // librdkafka itself is not built for it: what it does between its own threads is not looked at.
    const told = await run('thread', 200, { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1' });
    expect(told).toEqual({ said: stories, complained: '' });
  }, 60_000);
});

/** Why these tests cannot be run here. */
function whatIsMissing(): string | undefined {
  if (process.platform !== 'linux') return 'skipped: the sanitizers are tried on Linux only';
  if (gcc(['--version']).status !== 0) return 'skipped: there is no gcc here';
  if (spawnSync('test', ['-e', librdkafka]).status !== 0)
    return "skipped: the client's librdkafka is linked into its addon here";
  const empty = ['-x', 'c', '-', '-o', '/dev/null'];
  for (const sanitizer of ['address,undefined', 'thread'])
    if (gcc([`-fsanitize=${sanitizer}`, ...empty], 'int main(void) { return 0; }').status !== 0)
      return `skipped: gcc has no -fsanitize=${sanitizer} here`;
  return undefined;
}

async function run(
  sanitizers: string,
  times: number,
  env: Readonly<Record<string, string>>,
): Promise<{ said: string[]; complained: string }> {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const program = build(sanitizers);
  const child = spawn(join(program, 'harness'), [librdkafka, join(program, 'lane.so'), `${seed}`, `${times}`], {
    env: { ...process.env, LSAN_OPTIONS: 'print_suppressions=0', ...env },
  });
  let [said, complained] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (complained += text.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const ended = code === 0 && complained === '' ? '' : `seed ${seed} ended with ${code}\n${complained}`;
  return { said: said.split('\n').slice(0, -1), complained: ended };
}

/** @returns the folder of the harness and of the lane, which librdkafka loads as a plugin */
function build(sanitizers: string): string {
  const program = mkdtempSync(join(folder, 'built-'));
  const flags = [
    '-std=gnu11',
    '-g',
    '-O1',
    `-fsanitize=${sanitizers}`,
    '-fno-sanitize-recover=all',
    `-DLANE_BATCH_BYTES_MAX=${batchBytesMax}`,
    '-I',
    lane,
    '-I',
    join(client, 'deps/librdkafka/src'),
  ];
  const sources = (where: string, without: string): string[] =>
    readdirSync(where)
      .filter((name) => name.endsWith('.c') && name !== without)
      .map((name) => join(where, name));
  const laneFile = join(program, 'lane.so');
  built(gcc([...flags, '-fPIC', '-shared', ...sources(lane, 'lane.c'), '-o', laneFile, '-ldl', '-lpthread']));
  const ours = sources(harness, sanitizers === 'thread' ? '' : 'c11-threads.c');
  const libraries = [laneFile, librdkafka, '-lpthread', `-Wl,-rpath,${program}`, `-Wl,-rpath,${dirname(librdkafka)}`];
  built(gcc([...flags, '-rdynamic', ...ours, ...libraries, '-o', join(program, 'harness')]));
  return program;
}

function gcc(given: readonly string[], input = ''): SpawnSyncReturns<string> {
  return spawnSync('gcc', given, { encoding: 'utf8', input });
}

function built({ status, stderr }: SpawnSyncReturns<string>): void {
  if (status !== 0) throw new Error(`gcc failed:\n${stderr}`);
}

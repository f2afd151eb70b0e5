// What the chaos run does to its processes, done to real ones.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { historySuffix, readLines } from '../../../chaos/checker/load.js';
import { type ChaosProcess, Processes } from '../../../chaos/harness/process.js';
import { type HistoryEvent, HistoryFile } from '../../../chaos/history.js';
import type { InstancePlan } from '../../../chaos/instance.js';
import type { ReaderPlan } from '../../../chaos/reader.js';
import { inputValue } from '../../../chaos/record-text.js';
import { firstStep, keyText, topics } from '../../../chaos/steps.js';
import { never, until } from '../../support/engine-wait.js';
import { testBrokers } from '../../support/kafka.js';
import { isAlive } from '../../support/process-alive.js';
import { RawKafka } from '../../support/raw.js';

const raw = new RawKafka(testBrokers());
let folder: string;
let harness: HistoryFile;
let processes: Processes;
let instance: ChaosProcess;
let written = 0;

beforeAll(async () => {
  for (const topic of topics) await raw.createTopic(topic, 6);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'processor-harness-test-'));
  harness = new HistoryFile(join(folder, `harness${historySuffix}`));
  processes = new Processes(folder, harness);
  const settings = { 'session.timeout.ms': 2000 };
  const plan = {
    processor: 'chaos-first',
    brokers: testBrokers(),
    name: 'one',
    settings,
    limits: {},
    abortShare: 0,
  } as const;
  instance = await processes.start<InstancePlan>('one', 'chaos/instance.ts', plan);
  await until('it works', () => told('opened').length === 6, 20_000);
});
afterEach(async () => {
  await processes.killAll();
  harness.close();
  rmSync(folder, { recursive: true });
});

test('SIGKILL ends it at once, and what it had told until then is known', async () => {
  await write();
  await until('a batch is committed', () => told('committed').length > 0);
  expect(await instance.end('SIGKILL')).toBe(128 + 9);
  expect(instance.isAlive).toBe(false);
  expect(isAlive(instance.pid)).toBe(false);
  const lines = readLines(join(folder, `one${historySuffix}`), () => {});
  expect(events('harness')).toMatchObject([{ event: 'ended', process: 'one', events: lines, how: '137' }]);
});

test('what it tells of a transaction comes in the order of the calls', async () => {
  await write();
  await until('a batch is committed', () => told('committed').length > 0);
  const [first] = told('committed');
  const ofTask = events('one').filter((event) => 'partition' in event && event.partition === first?.partition);
  expect(ofTask.map(({ event }) => event).slice(0, 4)).toEqual(['opened', 'offsets', 'commit', 'committed']);
});

test('frozen it does nothing, and goes on when it is resumed', async () => {
  instance.freeze();
  const before = events('one').length;
  await write();
  await never('it does something', () => events('one').length > before);
  expect(instance.isAlive).toBe(true);
  instance.resume();
  await until('a batch is committed', () => told('committed').length > 0);
});

test('SIGTERM: it gives its partitions up and ends well, also where it was frozen', async () => {
  instance.freeze();
  expect(await instance.end('SIGTERM')).toBe(0);
  expect(told('closed').length).toBe(6);
});

test('whatever was started is ended in the end', async () => {
  const reading = { brokers: testBrokers(), topics: firstStep.sinks };
  const other = await processes.start<ReaderPlan>('other', 'chaos/reader.ts', reading);
  instance.freeze();
  await processes.killAll();
  expect(processes.alive).toEqual([]);
  for (const { pid } of [instance, other]) expect(isAlive(pid)).toBe(false);
});

/** A record for each of ten keys. */
async function write(): Promise<void> {
  const keys = Array.from({ length: 10 }, (_, key) => key);
  const seq = written++;
  await raw.produce(
    firstStep.input,
    keys.map((key) => ({ key: keyText(key), value: inputValue(seq, 5), partition: firstStep.partitionOf(key) })),
  );
}

function events(process: string): HistoryEvent[] {
  const found: HistoryEvent[] = [];
  readLines(join(folder, `${process}${historySuffix}`), (line) => found.push(JSON.parse(line) as HistoryEvent));
  return found;
}

function told<Name extends HistoryEvent['event']>(name: Name): Extract<HistoryEvent, { readonly event: Name }>[] {
  try {
    return events('one').flatMap((event) => (event.event === name ? [event as never] : []));
  } catch (error) {
    // It has not begun to tell yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

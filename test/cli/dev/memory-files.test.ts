// The files of a Kafka in memory: what a user wrote stays, what was written anew is read anew, and what cannot be is said.

import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { inMemory } from '../../../src/cli/dev/in-memory.js';
import { MemoryFiles } from '../../../src/cli/dev/memory-files.js';
import { processor, text, topic } from '../../../src/index.js';
import { LiveModel } from '../../../src/testing/live-model.js';
import { until } from '../../support/engine-wait.js';

const orders = topic('orders', { key: text(), value: text(), partitions: 1 });
const lines = topic('lines', { key: text(), value: text(), partitions: 1 });
const { topology } = processor({
  name: 'copy',
  input: orders,
  outputs: { lines },
  handle: ({ key, value }, { out }) => out.lines(key, value),
});
const line = (value: string): string => `{"key":"1","value":"${value}"}\n`;

let folder: string;
let said: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'processor-memory-'));
  said = '';
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    said += String(chunk);
    return true;
  });
  onTestFinished(() => {
    stderr.mockRestore();
    rmSync(folder, { recursive: true, force: true });
  });
});

async function open(topologies = [topology]): Promise<MemoryFiles> {
  const model = new LiveModel({ topologies, namespace: '', partitions: 1 });
  await model.start(() => {});
  const topics = topologies.flatMap(({ sinks }) => sinks.map((sink) => sink.topic));
  const files = await MemoryFiles.open(model, folder, topics);
  onTestFinished(async () => {
    await files.close();
    await model.stop();
  });
  return files;
}

const copied = (): readonly string[] => {
  try {
    return [...readFileSync(join(folder, 'out/lines.jsonl'), 'utf8').matchAll(/"value":"(\w+)"/g)].map(
      ([, value]) => value ?? '',
    );
  } catch {
    return [];
  }
};

test('a file that a user wrote stays, also where its topic has become an output', async () => {
  writeFileSync(join(folder, 'lines.jsonl'), line('mine'));
  await open();
  expect(readFileSync(join(folder, 'lines.jsonl'), 'utf8')).toBe(line('mine'));
});

test('a file in the place of another is read from its beginning, also where it is longer', async () => {
  const file = join(folder, 'orders.jsonl');
  writeFileSync(file, line('tea'));
  await open();
  await until('the first is copied', () => copied().length === 1);
  writeFileSync(`${file}.new`, line('coffee') + line('milk'));
  renameSync(`${file}.new`, file);
  await until('the others are copied', () => copied().length >= 3);
  expect([copied(), said]).toEqual([['tea', 'coffee', 'milk'], '']);
});

test('a last line without its newline is not sent, and that is said once', async () => {
  const file = join(folder, 'orders.jsonl');
  writeFileSync(file, line('tea') + line('coffee').trimEnd());
  await open();
  await until('it is said', () => said !== '');
  expect(said).toBe(`line 2 of ${file} is not sent yet: no newline ends it\n`);
  appendFileSync(file, '\n');
  await until('it is sent', () => copied().length === 2);
});

test('what cannot be written is said, and ends nothing', async () => {
  const files = await open();
  mkdirSync(join(folder, 'out/lines.jsonl'));
  writeFileSync(join(folder, 'orders.jsonl'), line('tea'));
  await until('it is said', () => said !== '');
  expect(said).toMatch(/^1 records of lines cannot be written: EISDIR/);
  await files.close();
});

test('a codec that cannot be opened is known before anything begins', async () => {
  const open = (): never => {
    throw new Error('there is no such schema');
  };
  const broken = processor({
    name: 'copy',
    input: topic('orders', { key: text(), value: { ...text(), open }, partitions: 1 }),
    outputs: {},
    handle() {},
  });
  await expect(inMemory([broken.topology], '')).rejects.toThrow('there is no such schema');
});

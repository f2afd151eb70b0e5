// `processor dev` without a Kafka: on the model, in memory, with a file for each topic.

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cli, project, type RunningCli, reported, startCli } from '../support.js';

const source = (by: string): string => `
  import { avro, deadLetter, processor, text, topic } from 'processor';
  const visit = { type: 'record', name: 'Visit', fields: [{ name: 'who', type: 'string' }] } as const;
  export default processor({
    name: 'greeter',
    input: topic('visitors', { key: text(), value: text(), partitions: 2 }),
    outputs: {
      greetings: topic('greetings', { key: text(), value: text() }),
      visits: topic('visits', { key: text(), value: avro(visit) }),
    },
    onError: { handle: deadLetter() },
    handle(record, { out }) {
      if (record.value === 'nobody') throw new Error('nobody is there');
      out.greetings(record.key, \`hello \${record.value}, says ${by}\`);
      out.visits(record.key, { who: record.value });
    },
  });`;

let folder: string;
let running: RunningCli;
const fileOf = (topic: string): string => join(folder, '.processor/memory', `${topic}.jsonl`);
const outputOf = (topic: string): string => fileOf(`out/${topic}`);
const values = (topic: string): readonly unknown[] =>
  existsSync(outputOf(topic))
    ? readFileSync(outputOf(topic), 'utf8')
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly value: unknown }).value)
    : [];
const happened = (event: string): number => running.log.filter((line) => line['event'] === event).length;

beforeAll(async () => {
  folder = await project({ 'processors/greeter.ts': source('one') });
  // As on a machine without Java.
  running = startCli(['dev', '--json'], { cwd: folder, env: { JAVA_HOME: '/nowhere' } });
  await running.logged('it works', (line) => line['event'] === 'ready');
});

test('where no Kafka can be had it says why, and that this is none', async () => {
  expect(running.log.find((line) => line['event'] === 'notice')?.['message']).toMatch(/^no Kafka can be had: .*Java/i);
  expect(running.log.find((line) => line['event'] === 'surroundings')).toMatchObject({ isInMemory: true });
});

test('what is appended to the file of an input is processed, and what comes of it is in the files of the outputs', async () => {
  appendFileSync(
    fileOf('visitors'),
    '{"key":"1","value":"Ada"}\n{"key":"2","value":"nobody"}\n{"key":"3"}\n{"key":"4",',
  );
  await running.does('Ada is greeted', async () => values('greetings').length === 1 && values('visits').length === 1);
  expect(values('greetings')).toEqual(['hello Ada, says one']);
  expect(values('visits')).toEqual([{ who: 'Ada' }]);
  await running.does('nobody is a dead letter', async () => values('greeter.dlq').length === 1);
  expect(running.stderr).toContain('line 3 of ');
  expect(running.stderr).toContain("it has no 'value'");
  appendFileSync(fileOf('visitors'), '"value":"Grace"}\n');
  await running.does('the rest of a line makes it whole', async () => values('greetings').length === 2);
});

test('a change begins anew, with all that was sent', async () => {
  const before = happened('ready');
  writeFileSync(join(folder, 'processors/greeter.ts'), source('two'));
  await running.does('it is reloaded', async () => happened('ready') > before);
  await running.does('all are greeted again', async () => values('greetings').length === 2);
  expect(values('greetings').toSorted()).toEqual(['hello Ada, says two', 'hello Grace, says two']);
});

test('it ends with 0', async () => {
  running.signal('SIGTERM');
  expect(await running.ended).toMatchObject({ code: 0 });
});

test('where the addon of the client was not built it says so and goes on as well, whatever the guarantee', async () => {
  const bare = await project({
    'processors/greeter.ts': source('one').replace("name: 'greeter',", "name: 'greeter', guarantee: 'at-least-once',"),
    'broken.cjs': `const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...more) => {
  if (name === '@confluentinc/kafka-javascript') throw new Error('no bindings file');
  return load(name, ...more);
};`,
  });
  const started = startCli(['dev', '--json'], {
    cwd: bare,
    env: { NODE_OPTIONS: `--require ${join(bare, 'broken.cjs')}` },
  });
  await started.logged('it works', (line) => line['event'] === 'ready');
  expect(started.log.find((line) => line['event'] === 'notice')?.['message']).toMatch(
    /^no Kafka can be had: .*no bindings file.*npm rebuild @confluentinc/,
  );
  expect(started.log.find((line) => line['event'] === 'surroundings')).toMatchObject({ isInMemory: true });
  const outputs = join(bare, '.processor/memory/out/greetings.jsonl');
  appendFileSync(join(bare, '.processor/memory/visitors.jsonl'), '{"key":"1","value":"Ada"}\n');
  await started.does(
    'Ada is greeted',
    async () => existsSync(outputs) && readFileSync(outputs, 'utf8').includes('Ada'),
  );
  started.signal('SIGTERM');
  expect(await started.ended).toMatchObject({ code: 0 });
});

test('--memory asks for it, and does not go with brokers', async () => {
  const refused = await cli(['dev', '--memory', '--json', '-b', 'localhost:9092'], { cwd: folder });
  expect(reported(refused)).toMatchObject({ code: 'PRC_USAGE', message: expect.stringContaining('--memory') });
  const asked = startCli(['dev', '--memory'], { cwd: folder });
  await asked.does('it says so', async () => asked.stdout.includes('in memory: gone when it stops; not Kafka'));
  asked.signal('SIGTERM');
  expect(await asked.ended).toMatchObject({ code: 0 });
});

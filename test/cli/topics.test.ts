// `processor topics create` and `processor topics list`.

import { beforeAll, describe, expect, test } from 'vitest';
import { neededTopics } from '../../src/cli/needed-topics.js';
import { deadLetter, processor, retry, text, topic } from '../../src/index.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { cli, project, reported } from './support.js';

let kafka: RawKafka;
let env: { readonly KAFKA_BROKERS: string };

beforeAll(() => {
  env = { KAFKA_BROKERS: testBrokers() };
  kafka = new RawKafka(testBrokers());
});

interface Names {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const names = (): Names => ({ name: uniqueName('cli'), from: uniqueName('cli-in'), to: uniqueName('cli-out') });

/** A processor whose input has three partitions by its definition, and whose output names none. */
function module(
  { name, from, to }: Names,
  { input = 'partitions: 3', output = "config: { 'retention.ms': '-1' }" } = {},
): string {
  return `import { deadLetter, processor, text, topic } from 'processor';
const input = topic('${from}', { key: text(), value: text(), ${input} });
const output = topic('${to}', { key: text(), value: text(), ${output} });
export default processor({ name: '${name}', input, outputs: { output }, onError: { decode: deadLetter() }, handle() {} });`;
}

describe('topics create', () => {
  test('creates inputs, outputs and dead letters, and leaves alone what is there', async () => {
    const { name, from, to } = names();
    const folder = await project({ 'processors/p.ts': module({ name, from, to }) });
    const first = await cli(['topics', 'create', '--partitions', '2', '--json'], { cwd: folder, env });
    expect({ ...first, stdout: JSON.parse(first.stdout) }).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: {
        topics: [
          { topic: from, created: true, partitions: 3 },
          { topic: to, created: true, partitions: 2 },
          // As many as the input, so that a dead letter's key stays with its partition.
          { topic: `${name}.dlq`, created: true, partitions: 3 },
        ],
      },
    });
    // What it says is there is there: a record of 1970 stays, since the definition keeps it for ever.
    await kafka.produce(to, [{ value: 'old', timestamp: 1 }]);
    expect(await kafka.partitionCount(to)).toBe(2);
    const second = await cli(['topics', 'create'], { cwd: folder, env });
    const width = Math.max(from.length, to.length, name.length + 4);
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toBe(
      [
        `exists  ${from.padEnd(width)}  3 partitions`,
        `exists  ${to.padEnd(width)}  2 partitions`,
        `exists  ${`${name}.dlq`.padEnd(width)}  3 partitions`,
        '',
      ].join('\n'),
    );
    // --partitions is for topics that are not there, and only where the definition leaves it open.
    const asked = await cli(['topics', 'create', '--partitions', '12'], { cwd: folder, env });
    expect(asked.stdout.match(/\(.*\)/g)).toEqual(['(left alone: --partitions 12 is for topics that are not there)']);
    expect(asked.stdout).toMatch(new RegExp(`^exists +${to} +2 partitions +\\(left alone`, 'm'));
    const { stdout } = await cli(['topics', 'create', '--partitions', '12', '--json'], { cwd: folder, env });
    expect(JSON.parse(stdout)).toMatchObject({ topics: [{}, { topic: to, partitions: 2, asked: 12 }, {}] });
  });

  test('says where a topic has other partitions than its definition', async () => {
    const own = names();
    await kafka.createTopic(own.from, 1);
    const folder = await project({ 'processors/p.ts': module(own) });
    const { code, stdout } = await cli(['topics', 'create'], { cwd: folder, env });
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^exists +${own.from} +1 partition +\\(its definition says 3\\)$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^created +${own.name}.dlq +1 partition$`, 'm'));
  });

  test('knows the namespace, and the processors that are named', async () => {
    const [one, other] = [names(), names()];
    const folder = await project({ 'processors/one.ts': module(one), 'processors/other.ts': module(other) });
    const args = ['topics', 'create', one.name, '--namespace', 'blue-', '--json'];
    const { stdout } = await cli(args, { cwd: folder, env });
    const created = (JSON.parse(stdout) as { topics: { topic: string }[] }).topics.map((outcome) => outcome.topic);
    expect(created).toEqual([one.from, one.to, `blue-${one.name}.dlq`]);
  });

  test('what the broker refuses is said, with its reason', async () => {
    const own = names();
    const folder = await project({ 'processors/p.ts': module(own, { input: "config: { 'retention.mss': '1' }" }) });
    const result = await cli(['topics', 'create', '--json'], { cwd: folder, env });
    expect(result.code).toBe(1);
    expect(reported(result)).toMatchObject({
      code: 'PRC_TOPIC_NOT_CREATED',
      message: expect.stringContaining('retention.mss'),
    });
    const replicated = await cli(['topics', 'create', '--replication-factor', '9', '--json'], {
      cwd: await project({ 'processors/p.ts': module(own) }),
      env,
    });
    expect(reported(replicated)).toMatchObject({
      code: 'PRC_TOPIC_NOT_CREATED',
      message: expect.stringContaining('eplication'),
    });
  });
});

describe('topics list', () => {
  test('asks the brokers that a profile of processor.config.ts names', async () => {
    const topic = await kafka.topic('cli-listed');
    const profiles = `{ test: { brokers: '${env.KAFKA_BROKERS}', kafka: { 'client.rack': 'a' } } }`;
    const folder = await project({
      'processor.config.ts': `export default { brokers: '127.0.0.1:1', profiles: ${profiles} };`,
    });
    const { code, stdout } = await cli(['topics', 'list', '--profile', 'test', '--json'], { cwd: folder });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { readonly topics: unknown }).topics).toContainEqual({
      topic,
      partitions: 1,
      uses: [],
    });
  });

  test('names all topics, who uses them, and what is missing', async () => {
    const own = names();
    await kafka.createTopic(own.from, 3);
    const folder = await project({ 'processors/p.ts': module(own) });
    const { code, stdout } = await cli(['topics', 'list', '--json'], { cwd: folder, env });
    expect(code).toBe(0);
    const { topics } = JSON.parse(stdout) as { topics: { topic: string; partitions: number | null; uses: object[] }[] };
    expect(topics).toContainEqual({ topic: own.from, partitions: 3, uses: [{ processor: own.name, as: 'input' }] });
    expect(topics).toContainEqual({ topic: own.to, partitions: null, uses: [{ processor: own.name, as: 'output' }] });
    expect(topics.map(({ topic: name }) => name)).toEqual(topics.map(({ topic: name }) => name).toSorted());
    const asText = await cli(['topics', 'list'], { cwd: folder, env });
    expect(asText.stdout).toMatch(new RegExp(`^${own.from} +3 partitions +${own.name} \\(input\\)$`, 'm'));
    expect(asText.stdout).toMatch(new RegExp(`^${own.name}.dlq +missing +${own.name} \\(dead letters\\)$`, 'm'));
  });

  test('works without processors, and beside broken ones', async () => {
    const there = await kafka.topic('cli-in', 2);
    const without = await cli(['topics', 'list'], { cwd: await project({}), env });
    expect(without).toMatchObject({ code: 0, stderr: '' });
    expect(without.stdout).toMatch(new RegExp(`^${there} +2 partitions$`, 'm'));
    const broken = await cli(['topics', 'list'], {
      cwd: await project({ 'processors/p.ts': 'export const = 1' }),
      env,
    });
    expect(broken.code).toBe(0);
    expect(broken.stdout).toContain(there);
    expect(broken.stderr).toMatch(/^who uses the topics is not known: PRC_MODULE_UNREADABLE processors\/p\.ts:1:/);
  });
});

describe('the topics that processors need', () => {
  const shared = topic('shared', { key: text(), value: text(), partitions: 4 });
  const other = topic('other', { key: text(), value: text() });
  const one = processor({ name: 'one', input: { shared }, outputs: { other }, handle: { shared() {} } });
  const two = processor({
    name: 'two',
    input: other,
    outputs: { shared },
    onError: {
      decode: deadLetter({ topic: 'graveyard' }),
      handle: retry({ times: 1, backoff: 1, otherwise: deadLetter() }),
    },
    handle() {},
  });

  test('are named once, with all their uses', () => {
    expect(neededTopics('blue-', [one.topology, two.topology])).toEqual([
      {
        name: 'shared',
        definition: shared,
        inputs: [],
        uses: [
          { processor: 'one', as: 'input' },
          { processor: 'two', as: 'output' },
        ],
      },
      {
        name: 'other',
        definition: other,
        inputs: [],
        uses: [
          { processor: 'two', as: 'input' },
          { processor: 'one', as: 'output' },
        ],
      },
      { name: 'graveyard', definition: undefined, inputs: ['other'], uses: [{ processor: 'two', as: 'dead letters' }] },
      {
        name: 'blue-two.dlq',
        definition: undefined,
        inputs: ['other'],
        uses: [{ processor: 'two', as: 'dead letters' }],
      },
    ]);
  });
});

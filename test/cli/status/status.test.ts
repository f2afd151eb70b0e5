// `processor status` on a real Kafka: of a processor that runs, one that never did, and one whose input is missing.

import { beforeAll, describe, expect, test } from 'vitest';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';
import { cli, project, type RunningCli, startCli } from '../support.js';

let kafka: RawKafka;
let folder: string;
const [works, idle, lost] = [uniqueName('works'), uniqueName('idle'), uniqueName('lost')];
let [worked, waiting] = ['', ''];
const missing = uniqueName('missing');
let running: RunningCli;

const module = (name: string, from: string): string => `import { processor, text, topic } from 'processor';
export default processor({ name: '${name}', input: topic('${from}', { key: text(), value: text() }), handle() {} });`;

beforeAll(async () => {
  kafka = new RawKafka(testBrokers());
  [worked, waiting] = await Promise.all([kafka.topic('worked', 2), kafka.topic('waiting')]);
  folder = await project({
    'processors/a.ts': module(works, worked),
    'processors/b.ts': module(idle, waiting),
    'processors/c.ts': module(lost, missing),
  });
  await kafka.produce(worked, ['a', 'b', { value: 'c', partition: 1 }]);
  await kafka.produce(waiting, ['a', 'b', 'c']);
  running = startCli(['run', works], { cwd: folder, env: { KAFKA_BROKERS: testBrokers() } });
  await running.does('it has done its records', async () => {
    const [first, second] = await Promise.all([0, 1].map((partition) => kafka.committed(works, worked, partition)));
    return first === 2 && second === 1;
  });
});

const run = (...args: string[]) => cli(['status', ...args, '-b', testBrokers()], { cwd: folder });

interface Said {
  readonly processors: readonly {
    readonly processor: string;
    readonly partitions: readonly { readonly owner: unknown; readonly [field: string]: unknown }[];
    readonly [field: string]: unknown;
  }[];
}

describe('one look', () => {
  test('tells who owns what and how far that is, also of a processor without a group and of a topic that is not there', async () => {
    const { code, stdout, stderr } = await run('--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { processors } = JSON.parse(stdout) as Said;
    const [working, never, without] = [works, idle, lost].map((name) =>
      processors.find(({ processor }) => processor === name),
    );
    expect(working).toMatchObject({ group: works, groupState: 'stable', membersUnknown: null, lag: 0 });
    const owner = {
      instance: expect.stringMatching(/-[0-9a-f]{8}$/),
      clientId: expect.stringContaining(`${works}/`),
      host: expect.stringContaining('127.0.0.1'),
    };
    expect(working?.partitions).toMatchObject([
      { topic: worked, partition: 0, committed: 2, stable: 2, lag: 0, owner, progress: 'done', problem: null },
      { topic: worked, partition: 1, committed: 1, stable: 1, lag: 0, owner, progress: 'done', problem: null },
    ]);
    expect(never).toMatchObject({ groupState: 'none', members: [], lag: 3 });
    expect(never?.partitions).toMatchObject([{ owner: null, committed: null, lag: 3, heldBack: null }]);
    expect(without).toMatchObject({ groupState: 'none', partitions: [], lag: null, missingTopics: [missing] });
  });

  test('sees what a processor that has stopped left behind, and that nobody owns it', async () => {
    running.signal('SIGTERM');
    await running.ended;
    await kafka.produce(worked, ['d', 'e', 'f', { value: 'g', partition: 1 }]);
    const { code, stdout } = await run(works, '--eta');
    expect(code).toBe(0);
    expect(stdout).toContain(`${works}  group ${works}: no member, it does not run, lag 4\n`);
    expect(stdout).toMatch(new RegExp(`^ {2}${worked}/0 +nobody +2 +5 +3 +0 +stands still +-$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^ {2}${worked}/1 +nobody +1 +2 +1 +0 +stands still +-$`, 'm'));
  });
});

test('watching, it tells for how long a transaction of somebody else holds records back, and ends with 0 on Ctrl-C', async () => {
  const somebody = await kafka.owner(uniqueName('somebody'));
  await somebody.begin();
  await somebody.send(waiting, ['open', 'behind it']);
  // An offset in a transaction is none before that is committed, and nobody has to wait for it to see the one before.
  await somebody.sendOffset({ topic: waiting, partition: 0, offset: 2 }, await kafka.consumer(idle));
  const watching = startCli(['status', idle, '--watch', '--json', '-b', testBrokers()], { cwd: folder });
  const looks = () =>
    watching.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as Said).processors[0]?.partitions[0]);
  await watching.does('two looks', async () => looks().length >= 2);
  const [first, second] = looks();
  expect(first).toMatchObject({
    committed: null,
    stable: 3,
    high: 5,
    lag: 3,
    heldBack: { offsets: 2, sinceSecondsAtLeast: 0 },
  });
  expect(second).toMatchObject({
    lag: 3,
    heldBack: { offsets: 2, sinceSecondsAtLeast: expect.any(Number) },
    progress: 'standing',
  });
  expect(second).not.toMatchObject({ heldBack: { sinceSecondsAtLeast: 0 } });
  await somebody.commit();
  await watching.does('it is over', async () => looks().at(-1)?.['heldBack'] === null);
  expect(looks().at(-1)).toMatchObject({ committed: 2, stable: 6, lag: 4 });
  watching.signal('SIGINT');
  expect(await watching.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
});

// `processor dev` as somebody has it who writes a processor: one run with a Kafka of its own, from the first start in an empty folder
// to its end, and what is left of it in a second one, on a terminal.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually, until } from '../../support/engine-wait.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { isAlive } from '../../support/process-alive.js';
import { RawKafka } from '../../support/raw.js';
import { cli, type LogLine, project, type RunningCli, reported, startCli } from '../support.js';

/**
 * Says of each record which version of the code has handled it, and in which process. Fails at 'poison' where it is told to.
 *
 * @param version code: a number, or what is imported
 */
const source = (version: string, at: 'poison' | 'nothing' = 'nothing'): string => `
  import { avro, processor, text, topic } from 'processor';
  import { version } from '../lib/version.js';
  const visit = { type: 'record', name: 'Visit', fields: [{ name: 'who', type: 'string' }] } as const;
  export default processor({
    name: 'greeter',
    input: topic('visitors', { key: text(), value: text(), partitions: 2 }),
    outputs: {
      greetings: topic('greetings', { key: text(), value: text(), partitions: 1, config: { 'min.insync.replicas': '2' } }),
      visits: topic('visits', { key: text(), value: avro(visit), partitions: 1 }),
    },
    handle(record, { out }) {
      if (record.value === '${at}') throw new Error('as wanted');
      out.greetings(record.key, \`\${record.value} by \${${version}} in \${process.pid}\`);
      out.visits(record.key, { who: record.value });
    },
  });`;

/** Kafka and several processes start one after the other, on a machine that may be busy. */
const timeoutMs = 90_000;

let folder: string;
let processorFile: string;
beforeAll(async () => {
  folder = await project({
    'processors/greeter.ts': source('version'),
    'lib/version.ts': 'export const version = 1;',
  });
  processorFile = join(folder, 'processors/greeter.ts');
});

describe('in an empty folder', { timeout: timeoutMs }, () => {
  let running: RunningCli;
  let kafka: RawKafka;
  let place: LogLine;
  /** Who has handled the last record. */
  let pid: number;

  beforeAll(async () => {
    // Somebody who forgets that it is started already: one of the two gives way, whichever.
    const both = ['one', 'other'].map(() => startCli(['dev', '--json'], { cwd: folder }));
    const refused = await Promise.race(both.map(({ ended }) => ended));
    expect(reported(refused)).toMatchObject({ code: 'PRC_DEV_RUNNING' });
    running = both.find(({ child }) => child.exitCode === null) as RunningCli;
    place = await event(running, 'surroundings');
    kafka = new RawKafka(place['brokers'] as string);
    await event(running, 'ready');
  }, timeoutMs);

  test('it starts a Kafka and a registry, creates the topics, and a record that is produced is processed', async () => {
    expect(place).toMatchObject({ isRegistryEmbedded: true, dataDir: join(folder, '.processor/data') });
    expect(await event(running, 'loaded')).toMatchObject({
      created: ['visitors', 'greetings', 'visits'],
      processors: [
        {
          processor: 'greeter',
          inputs: ['visitors'],
          outputs: ['greetings', 'visits'],
          partitions: [2],
          guarantee: 'exactly-once',
        },
      ],
    });
    expect(await event(running, 'types-unchecked')).toMatchObject({ reason: 'there is no tsconfig.json here' });
    pid = await handles('Ada', 1);
  });

  test('a second one in the same folder says who is there, and ends with 3', async () => {
    const second = await cli(['dev', '--json'], { cwd: folder });
    expect(second.code).toBe(3);
    expect(reported(second)).toMatchObject({
      code: 'PRC_DEV_RUNNING',
      message: expect.stringContaining(`pid ${running.child.pid}`),
      hint: expect.stringContaining(place['brokers'] as string),
    });
  });

  test('an edit of what a processor imports is reloaded: the new code handles what comes, and the old process is gone by then', async () => {
    const old = pid;
    const writing = new Writing(kafka);
    await reloads('lib/version.ts', 'export const version = 2;');
    pid = await handles('Grace', 2);
    expect(isAlive(old)).toBe(false);
    const written = await writing.end();
    await does(running, 'all are greeted', async () => (await greeted()).length === written.length + 2);
    // Each once, and of each partition none by the old code after one by the new.
    expect((await greeted()).map(({ who }) => who).sort()).toEqual([...written, 'Ada', 'Grace'].sort());
    const versions = (await greeted()).map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted());
  });

  test('a mistake is reported with its place and stops nothing; the next version that loads runs', async () => {
    await writeFile(processorFile, 'export default processor({');
    const refused = await event(running, 'not-loaded');
    expect(refused).toMatchObject({ isServing: true, error: { code: 'PRC_MODULE_UNREADABLE' } });
    expect((refused['error'] as { message: string }).message).toContain('processors/greeter.ts:1:');
    expect(await handles('Edsger', 2)).toBe(pid);
    await writeFile(processorFile, "throw new Error('not today');");
    await event(running, 'not-loaded', ({ error }) => (error as { message: string }).message.includes('not today'));
    await reloads('processors/greeter.ts', source('3', 'poison'));
    pid = await handles('Barbara', 3);
  });

  test('a processor that fails is reported once and not started again; the next change is', async () => {
    await kafka.produce('visitors', [{ key: 'k', value: 'poison' }]);
    const failed = await event(running, 'failed');
    expect(failed).toMatchObject({ error: { code: 'PRC_RECORD_FAILED', at: [expect.stringContaining('greeter.ts')] } });
    await writeFile(processorFile, source('4'));
    pid = await handles('poison', 4);
    expect(running.stdout.match(/PRC_RECORD_FAILED/g)).toHaveLength(1);
    expect(running.log.filter((line) => line['event'] === 'failed')).toHaveLength(1);
  });

  test('SIGTERM ends it with 0 and leaves nothing alive', async () => {
    const broker = brokerPid();
    expect([broker, pid].map(isAlive)).toEqual([true, true]);
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect([broker, pid].map(isAlive)).toEqual([false, false]);
    expect(running.log.at(-1)).toMatchObject({ event: 'stopped' });
    expect(existsSync(join(folder, '.processor/data/broker.json'))).toBe(false);
  });

  /** Saves it, and waits until it works. */
  async function reloads(path: string, text: string): Promise<void> {
    const readies = (): number => running.log.filter((line) => line['event'] === 'ready').length;
    const before = readies();
    await writeFile(join(folder, path), text);
    await does(running, 'the new version is ready', async () => readies() > before);
  }

  /** Produces a record, waits for its greeting by this version, and gives the process that it came from. */
  async function handles(who: string, version: number): Promise<number> {
    if (who !== 'poison') await kafka.produce('visitors', [{ key: 'k', value: who }]);
    let by: Greeting | undefined;
    await does(running, `${who} is greeted by version ${version}`, async () => {
      by = (await greeted()).find((one) => one.who === who);
      return by !== undefined;
    });
    expect(by).toMatchObject({ version });
    return by?.pid ?? 0;
  }

  async function greeted(): Promise<readonly Greeting[]> {
    return (await kafka.values('greetings')).map((value) => {
      const [, who = '', version, pid] = /^(.*) by (\d+) in (\d+)$/.exec(value ?? '') ?? [];
      return { who, version: Number(version), pid: Number(pid) };
    });
  }
});

/** Gives a command a terminal; not everywhere installed. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.runIf(hasScript)('on a terminal, later', { timeout: timeoutMs }, () => {
  let running: RunningCli;
  beforeAll(() => {
    running = startCli(['dev'], { cwd: folder, onTerminal: true, env: { TERM: 'xterm', NO_COLOR: '1' } });
  });

  test('what was there is still there: records, offsets, schemas', async () => {
    await shows('the registry', /Registry {2}http/);
    const [, registry = ''] = /Registry {2}(http:\S+)/.exec(running.stdout) ?? [];
    expect(await (await fetch(`${registry}/subjects`)).json()).toEqual(['visits-value']);
    await shows('that it is ready', /ready after .* works on 2 partitions/);
    expect(running.stdout).not.toContain('created topic');
    expect(running.stdout).toContain('greeter    visitors → greetings, visits  2           exactly-once');
  });

  test('one line says how it goes, and keys do what they say', async () => {
    await shows('the line', /in [\d,]+\/s · out \d+\/s · lag 0 · \d+ commits · 0 aborts · 0 dead letters · h: help/);
    running.child.stdin?.write('h');
    await shows('the help', /r {2}restart: drain, then load everything anew/);
    running.child.stdin?.write('l');
    await shows('the lag', /greeter {4}visitors\/[01] +[\d,]+ +0/);
    running.child.stdin?.write('r');
    await shows('that it is ready again', /reloaded after .* works on 2 partitions/);
  });

  test('q ends it with 0, and Kafka with it', async () => {
    const broker = brokerPid();
    running.child.stdin?.write('q');
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(running.stdout).toMatch(/stopped\r\n$/);
    expect(isAlive(broker)).toBe(false);
  });

  async function shows(what: string, text: RegExp): Promise<void> {
    await until(
      () => `${what}; it showed:\n${running.stdout}`,
      () => text.test(running.stdout) || running.child.exitCode !== null,
      timeoutMs / 2,
    );
    expect(running.stdout).toMatch(text);
  }
});

describe('with a Kafka that is named', { timeout: timeoutMs }, () => {
  test('it starts none, and its processors end with it when it is killed', async () => {
    const [from, to, name] = [uniqueName('dev-in'), uniqueName('dev-out'), uniqueName('dev')];
    const elsewhere = await project({
      'processors/p.ts': `import { processor, text, topic } from 'processor';
        const codecs = { key: text(), value: text(), partitions: 1 };
        export default processor({ name: '${name}', input: topic('${from}', codecs), outputs: { to: topic('${to}', codecs) },
          handle: ({ key }, { out }) => out.to(key, String(process.pid)) });`,
    });
    const kafka = new RawKafka(testBrokers());
    const running = startCli(['dev', '--json', '--no-types', '-b', testBrokers()], { cwd: elsewhere });
    expect(await event(running, 'surroundings')).toMatchObject({ brokers: testBrokers(), mayCreateTopics: true });
    await event(running, 'ready');
    await kafka.produce(from, [{ key: 'k', value: 'one' }]);
    await does(running, 'it is handled', async () => (await kafka.values(to)).length === 1);
    const [pid] = (await kafka.values(to)).map(Number);
    running.signal('SIGKILL');
    await running.ended;
    await eventually('the processors are gone', async () => !isAlive(pid as number));
    expect(existsSync(join(elsewhere, '.processor/data'))).toBe(false);
  });

  test('it creates no topics unless that is on this machine, or is asked for', async () => {
    const [from, name] = [uniqueName('dev-in'), uniqueName('dev')];
    const elsewhere = await project({
      'processors/p.ts': `import { processor, text, topic } from 'processor';
        export default processor({ name: '${name}', input: topic('${from}', { key: text(), value: text() }), handle() {} });`,
    });
    // An address by which Linux finds itself, and which is none of this machine's own by its name.
    const brokers = testBrokers().replace('127.0.0.1', '0.0.0.0');
    const running = startCli(['dev', '--json', '--no-types', '-b', brokers], { cwd: elsewhere });
    expect(await event(running, 'not-loaded')).toMatchObject({
      isServing: false,
      error: { code: 'PRC_TOPICS_MISSING', hint: expect.stringContaining('--create-topics') },
    });
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });
});

test('where there is neither a Kafka nor a way to one, the ways are named, and it goes on in memory', async () => {
  const nowhere = { KAFKA_HOME: join(folder, 'nowhere') };
  const cwd = await project({ 'processors/_shared.ts': '' });
  const inMemory = startCli(['dev', '--json'], { cwd, env: nowhere });
  const { message } = await event(inMemory, 'notice');
  for (const way of ['KAFKA_HOME', 'Maven', 'KAFKA_BROKERS']) expect(message).toContain(way);
  expect(await event(inMemory, 'surroundings')).toMatchObject({ isInMemory: true });
  inMemory.signal('SIGTERM');
  expect(await inMemory.ended).toMatchObject({ code: 0 });
});

describe('nothing is started where', { timeout: timeoutMs }, () => {
  test('the folder is none of processors', async () => {
    const cwd = await project({});
    const result = await cli(['dev', '--json'], { cwd });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({ code: 'PRC_MODULES_NONE' });
    expect(existsSync(join(cwd, '.processor'))).toBe(false);
  });

  test('the command line names what is not there', async () => {
    const unknown = await cli(['dev', '--json', 'greter', '-b', testBrokers()], { cwd: folder });
    expect(unknown.code).toBe(3);
    expect(reported(unknown)).toMatchObject({
      code: 'PRC_PROCESSOR_UNKNOWN',
      hint: expect.stringContaining("Did you mean 'greeter'?"),
    });
    const missing = await cli(['dev', '--json', './nothing.ts'], { cwd: folder });
    expect(missing.code).toBe(3);
    expect(reported(missing)).toMatchObject({ code: 'PRC_MODULE_MISSING' });
  });

  test('somebody would wipe a Kafka that is not ours', async () => {
    const result = await cli(['dev', '--json', '--reset', '-b', testBrokers()], { cwd: folder });
    expect(result.code).toBe(2);
    expect(reported(result).message).toContain('--reset wipes the data of the embedded Kafka');
  });
});

interface Greeting {
  readonly who: string;
  readonly version: number;
  readonly pid: number;
}

async function event(
  running: RunningCli,
  name: string,
  isIt: (line: LogLine) => boolean = () => true,
): Promise<LogLine> {
  const found = (): LogLine | undefined => running.log.find((line) => line['event'] === name && isIt(line));
  await does(running, name, async () => found() !== undefined || running.child.exitCode !== null);
  return found() ?? Promise.reject(new Error(`it ended before: ${name}\n${running.stdout}${running.stderr}`));
}

/** Waits for what it does elsewhere. */
function does(running: RunningCli, what: string, condition: () => Promise<boolean>): Promise<void> {
  return eventually(() => `${what}; it said:\n${running.stdout}${running.stderr}`, condition, timeoutMs / 2);
}

/** Of the broker that runs in the folder. */
function brokerPid(): number {
  const note = readFileSync(join(folder, '.processor/data/kafka/broker.json'), 'utf8');
  return (JSON.parse(note) as { readonly pid: number }).pid;
}

/** Visitors come one after the other. */
class Writing {
  readonly #written: string[] = [];
  readonly #writing: Promise<void>;
  #isWanted = true;

  constructor(kafka: RawKafka) {
    this.#writing = this.#write(kafka);
    onTestFinished(async () => void (await this.end()));
  }

  async end(): Promise<readonly string[]> {
    this.#isWanted = false;
    await this.#writing;
    return this.#written;
  }

  async #write(kafka: RawKafka): Promise<void> {
    while (this.#isWanted) {
      const n = this.#written.length;
      this.#written.push(`visitor ${n}`);
      await kafka.produce('visitors', [{ key: 'k', value: `visitor ${n}`, partition: n % 2 }]);
    }
  }
}

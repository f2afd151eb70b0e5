// `processor run` as a process: what it does on a real Kafka, how it ends, and what it says.

import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { RawKafka } from '../support/raw.js';
import { bin, cli, project, reported, startCli } from './support.js';

let kafka: RawKafka;
let brokers: string;

beforeAll(() => {
  brokers = testBrokers();
  kafka = new RawKafka(brokers);
});

/** A module that copies from one topic to another, with `handle` doing more if given. */
function copier(name: string, from: string, to: string, { handle = '', more = '', options = '' } = {}): string {
  return `import { deadLetter, processor, text, topic } from 'processor';
${more}
const input = topic('${from}', { key: text(), value: text() });
const output = topic('${to}', { key: text(), value: text() });
export default processor({
  name: '${name}',
  input,
  outputs: { output },
  ${options}
  async handle(record, { out }) {
    ${handle}
    out.output(record.key, record.value.toUpperCase());
  },
});
`;
}

async function topics(): Promise<{ readonly name: string; readonly from: string; readonly to: string }> {
  const [from, to] = await Promise.all([kafka.topic('cli-in'), kafka.topic('cli-out')]);
  return { name: uniqueName('cli'), from, to };
}

const record = (value: string) => ({ key: 'k', value });

describe('processors that run', () => {
  test('handle what comes, say so in JSON lines, and leave with 0 within two seconds of SIGTERM', async () => {
    const [one, other] = await Promise.all([topics(), topics()]);
    const folder = await project({
      'processors/one.ts': copier(one.name, one.from, one.to),
      'processors/other.ts': copier(other.name, other.from, other.to),
      'processors/topics.ts': `import { text, topic } from 'processor'; export const t = topic('t', { key: text(), value: text() });`,
      'processor.config.ts': `export default { brokers: '127.0.0.1:1', profiles: { test: { brokers: '${brokers}' } } };`,
    });
    await kafka.produce(one.from, [record('a'), record('b')]);
    await kafka.produce(other.from, [record('c')]);
    const running = startCli(['run', '--profile', 'test'], { cwd: folder });
    await running.does('both have copied', async () => {
      const values = [...(await kafka.values(one.to)), ...(await kafka.values(other.to))];
      return values.join() === 'A,B,C';
    });
    const stoppedAt = performance.now();
    running.signal('SIGTERM');
    const { code, stderr } = await running.ended;
    expect(performance.now() - stoppedAt).toBeLessThan(2000);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { log } = running;
    expect(log).toContainEqual(expect.objectContaining({ level: 'info', module: 'processors/topics.ts' }));
    const starting = { msg: 'starting', processor: one.name, brokers, config: 'processor.config.ts', profile: 'test' };
    expect(log).toContainEqual(expect.objectContaining(starting));
    const opened = { level: 'info', fact: 'task-opened', processor: one.name, topic: one.from, partition: 0 };
    expect(log).toContainEqual(expect.objectContaining(opened));
    for (const [processor, records] of [[one.name, 2] as const, [other.name, 1] as const]) {
      expect(log).toContainEqual(
        expect.objectContaining({ msg: 'processed', level: 'info', processor, records, outputs: records }),
      );
      expect(log).toContainEqual(expect.objectContaining({ fact: 'processor-stopped', processor }));
    }
    expect(log.filter(({ level }) => level !== 'info')).toEqual([]);
    expect(await kafka.committed(one.name, one.from)).toBe((await kafka.ends(one.from)).stable);
  });

  test('are chosen by name', async () => {
    const [one, other] = await Promise.all([topics(), topics()]);
    const folder = await project({
      'processors/one.ts': copier(one.name, one.from, one.to),
      'processors/other.ts': copier(other.name, other.from, other.to),
    });
    const running = startCli(['run', other.name, '-b', brokers, '-X', 'session.timeout.ms=6000'], { cwd: folder });
    await running.logged('it started', ({ fact }) => fact === 'processor-started');
    running.signal('SIGINT');
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(new Set(running.log.map(({ processor }) => processor))).toEqual(new Set([other.name, undefined]));
  });

  test('bear the namespace in their group and their dead letters', async () => {
    const { name, from, to } = await topics();
    await kafka.createTopic(`blue-${name}.dlq`);
    const folder = await project({
      'processors/p.ts': copier(name, from, to, {
        options: 'onError: { handle: deadLetter() },',
        handle: "if (record.value === 'bad') throw new Error('bad');",
      }),
    });
    await kafka.produce(from, [record('bad'), record('good')]);
    const running = startCli(['run', '-b', brokers], { cwd: folder, env: { PROCESSOR_NAMESPACE: 'blue-' } });
    await running.does('the good one is copied', async () => (await kafka.values(to)).join() === 'GOOD');
    expect(await kafka.values(`blue-${name}.dlq`)).toEqual(['bad']);
    expect(await kafka.committed(`blue-${name}`, from)).toBeGreaterThanOrEqual(2);
    expect(await kafka.committed(name, from)).toBeUndefined();
    const line = await running.logged('the dead letter', ({ fact }) => fact === 'record-dead-lettered');
    expect(line).toMatchObject({
      level: 'warn',
      offset: 0,
      to: `blue-${name}.dlq`,
      err: { message: expect.stringContaining('bad') },
    });
    expect((line['err'] as { stack: string }).stack).toMatch(/Error: bad\n {4}at .*processors\/p\.ts:11:/);
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  test('say more with LOG_LEVEL=debug and nothing with silent', async () => {
    const { name, from, to } = await topics();
    const folder = await project({ 'processors/p.ts': copier(name, from, to) });
    await kafka.produce(from, [record('a')]);
    const debug = startCli(['run', '-b', brokers], { cwd: folder, env: { LOG_LEVEL: 'debug' } });
    const line = await debug.logged('a batch', ({ fact }) => fact === 'batch-committed');
    expect(line).toMatchObject({ level: 'debug', records: 1, outputs: 1, topic: from, partition: 0 });
    debug.signal('SIGTERM');
    await debug.ended;
    await kafka.produce(from, [record('b')]);
    const silent = startCli(['run', '-b', brokers], { cwd: folder, env: { LOG_LEVEL: 'silent' } });
    await silent.does('it works all the same', async () => (await kafka.values(to)).join() === 'A,B');
    silent.signal('SIGTERM');
    expect(await silent.ended).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });

  test('go on when the reader of their log is gone', async () => {
    const { name, from, to } = await topics();
    const folder = await project({ 'processors/p.ts': copier(name, from, to) });
    const running = startCli(['run', '-b', brokers], { cwd: folder, env: { LOG_LEVEL: 'debug' } });
    await running.logged('it started', ({ fact }) => fact === 'task-opened');
    running.child.stdout?.destroy();
    await kafka.produce(from, [record('a')]);
    await running.does('it is copied', async () => (await kafka.values(to)).join() === 'A');
    await kafka.produce(from, [record('b')]);
    await running.does('so is the next', async () => (await kafka.values(to)).join() === 'A,B');
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });
});

describe('on a terminal', () => {
  const script = '/usr/bin/script';

  test.runIf(existsSync(script)).for([
    { flags: '', says: /^\[[\d:.]+\] .*INFO.*: .*starting/m, colours: true },
    { flags: '', env: { NO_COLOR: '1' }, says: /^\[[\d:.]+\] INFO: starting \{/m, colours: false },
    { flags: '--json', says: /^\{"level":"info"/m, colours: false },
  ])('the log is for people: $flags $env', async ({ flags, env = {}, says, colours }) => {
    const folder = await project({ 'processors/p.ts': copier(uniqueName('cli'), uniqueName('nowhere'), 'x') });
    const { stdout } = await promisify(execFile)(
      script,
      ['-qc', `${process.execPath} ${bin} run -b ${brokers} ${flags}; true`, '/dev/null'],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
      },
    );
    expect(stdout).toMatch(says);
    expect(stdout.includes('\u001b[')).toBe(colours);
  });
});

describe('a processor that breaks', () => {
  test('ends the process with 1 and one error that names record, reason, line and way out', async () => {
    const [good, bad] = await Promise.all([topics(), topics()]);
    const folder = await project({
      'processors/good.ts': copier(good.name, good.from, good.to),
      'processors/bad.ts': copier(bad.name, bad.from, bad.to, { handle: "throw new Error('no stock');" }),
    });
    await kafka.produce(bad.from, [record('a')]);
    const running = startCli(['run', '-b', brokers], { cwd: folder });
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `PRC_RECORD_FAILED processor '${bad.name}' stopped at ${bad.from}/0@0: handle failed: no stock\n` +
        '  fix   Nothing of the record was committed: it comes again at the next start. Correct the handler or the record, or ' +
        'choose a policy for such failures in onError.handle: skip() or deadLetter().\n' +
        '  at    handle (processors/bad.ts:11:11)\n' +
        '  more  npx processor explain PRC_RECORD_FAILED\n',
    );
    // The others do not go on alone, and nothing of the record is visible.
    expect(running.log).toContainEqual(expect.objectContaining({ fact: 'processor-stopped', processor: good.name }));
    expect(running.log).toContainEqual(
      expect.objectContaining({ level: 'error', fact: 'processor-failed', processor: bad.name }),
    );
    expect(await kafka.values(bad.to)).toEqual([]);
    expect(await kafka.committed(bad.name, bad.from)).toBeUndefined();
  });

  test.for([
    { what: 'a promise that nobody awaits', handle: "void Promise.reject(new Error('nobody'));" },
    { what: 'a timer', handle: "setTimeout(() => { throw new Error('nobody'); }, 1);" },
    { what: 'something that is no error', handle: "void Promise.reject('nobody');" },
  ])('in $what does not go on half-broken: its batch is aborted, the exit code is 1', async ({ handle }) => {
    const { name, from, to } = await topics();
    const forEver = 'await new Promise((resolve) => setTimeout(resolve, 8000));';
    const folder = await project({ 'processors/p.ts': copier(name, from, to, { handle: `${handle} ${forEver}` }) });
    await kafka.produce(from, [record('a')]);
    const running = startCli(['run', '-b', brokers, '--json'], { cwd: folder });
    const result = await running.ended;
    expect(result.code).toBe(1);
    expect(reported(result)).toMatchObject({ code: 'PRC_UNCAUGHT', message: expect.stringContaining('nobody') });
    expect(running.log).toContainEqual(expect.objectContaining({ level: 'fatal' }));
    expect(await kafka.values(to)).toEqual([]);
    expect(await kafka.committed(name, from)).toBeUndefined();
  });

  test('in a promise at the top of its module ends before it starts', async () => {
    const { name, from, to } = await topics();
    const more = "void Promise.reject(new Error('at the top'));";
    const folder = await project({ 'processors/p.ts': copier(name, from, to, { more }) });
    const result = await cli(['run', '-b', brokers, '--json'], { cwd: folder });
    expect(result.code).toBe(1);
    expect(reported(result)).toMatchObject({ code: 'PRC_UNCAUGHT', at: ['processors/p.ts:2:21'] });
  });
});

describe('the process ends', () => {
  test.runIf(process.platform === 'linux')('also while a native call hangs: it is killed, and says so', async () => {
    const { name, from, to } = await topics();
    // To open a pipe that nobody writes to holds a thread of libuv's pool for ever.
    const handle = `void open(process.env['PIPE']);`;
    const more = `import { open } from 'node:fs/promises';`;
    const folder = await project({ 'processors/p.ts': copier(name, from, to, { handle, more }) });
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await kafka.produce(from, [record('a')]);
    const running = startCli(['run', '-b', brokers], { cwd: folder, env: { PIPE: pipe } });
    await running.does('it is copied', async () => (await kafka.values(to)).join() === 'A');
    const stoppedAt = performance.now();
    running.signal('SIGTERM');
    const { signal, stderr } = await running.ended;
    expect(performance.now() - stoppedAt).toBeLessThan(4000);
    expect(signal).toBe('SIGKILL');
    expect(stderr).toContain('PRC_EXIT_BLOCKED');
    expect(running.log).toContainEqual(expect.objectContaining({ fact: 'processor-stopped' }));
  });

  test('with 4 if no Kafka answers, and never shows a password', async () => {
    const { name, from, to } = await topics();
    const folder = await project({ 'processors/p.ts': copier(name, from, to) });
    await writeFile(join(folder, 'password'), 'hunter2-from-a-file\n');
    const result = await cli(['run', '--json'], {
      cwd: folder,
      env: {
        KAFKA_BROKERS: '127.0.0.1:1',
        KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_SASL_USERNAME: 'alice',
        KAFKA_SASL_PASSWORD_FILE: join(folder, 'password'),
        LOG_LEVEL: 'trace',
      },
    });
    expect(result.code).toBe(4);
    expect(reported(result)).toMatchObject({
      code: 'PRC_BROKER_UNREACHABLE',
      message: expect.stringContaining('127.0.0.1:1'),
    });
    expect(result.stdout + result.stderr).not.toContain('hunter2');
  });

  test('at once if it is stopped while it looks for a Kafka that does not answer', async () => {
    const { name, from, to } = await topics();
    const folder = await project({ 'processors/p.ts': copier(name, from, to) });
    const running = startCli(['run', '-b', '127.0.0.1:1'], { cwd: folder });
    await running.logged('it starts', ({ msg }) => msg === 'starting');
    const stoppedAt = performance.now();
    running.signal('SIGINT');
    expect((await running.ended).code).toBe(0);
    // Looking for it takes 10 s.
    expect(performance.now() - stoppedAt).toBeLessThan(4000);
  });

  test('at once while a module is being loaded that never comes to an end', async () => {
    const folder = await project({
      'processors/p.ts': "process.stdout.write('{\\n'); await new Promise(() => setInterval(() => {}, 1000));",
    });
    const running = startCli(['run', '-b', brokers], { cwd: folder });
    await running.does('it is being loaded', async () => running.stdout !== '');
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('by a third signal without waiting for anything, with 130', async () => {
    const folder = await project({
      'processors/p.ts': "process.stdout.write('{\\n'); await new Promise(() => setInterval(() => {}, 1000));",
    });
    const running = startCli(['run', '-b', brokers], { cwd: folder });
    await running.does('it is being loaded', async () => running.stdout !== '');
    // Of different kinds: the same one twice at once is one that npm has passed on.
    running.signal('SIGINT');
    await running.logged('the first', ({ msg }) => msg.startsWith('stopping: '));
    running.signal('SIGTERM');
    await running.logged('the second', ({ msg }) => msg.startsWith('stopping at once'));
    running.signal('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(running.log.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^stopping: /),
      expect.stringMatching(/^stopping at once: /),
    ]);
  });

  describe('with 3, and nothing is started,', () => {
    let folder: string;
    let names: Awaited<ReturnType<typeof topics>>;
    beforeAll(async () => {
      names = await topics();
      folder = await project({ 'processors/p.ts': copier(names.name, names.from, names.to) });
    });

    test.for([
      { what: 'if no Kafka is named', args: [], code: 'PRC_BROKERS_MISSING', says: 'no Kafka is named' },
      {
        what: 'for a setting that the promise stands on',
        args: ['-X', 'enable.auto.commit=true'],
        code: 'PRC_SETTING_REFUSED',
        says: 'enable.auto.commit',
      },
      {
        what: 'for a setting that does not exist',
        args: ['-X', 'linger.mss=5'],
        code: 'PRC_SETTING_INVALID',
        says: 'linger.mss',
      },
      {
        what: 'for a value that it cannot have',
        args: ['-X', 'linger.ms=soon'],
        code: 'PRC_SETTING_INVALID',
        says: 'queue.buffering.max.ms',
      },
      {
        what: 'for settings that do not go together',
        args: ['-X', 'security.protocol=ssl', '-X', 'ssl.ca.location=/nowhere'],
        code: 'PRC_SETTING_INVALID',
        says: 'ssl.ca.location',
      },
      {
        what: 'for a password on the command line',
        args: ['-X', 'sasl.password=hunter2'],
        code: 'PRC_SECRET_ON_COMMAND_LINE',
        says: 'sasl.password',
      },
      {
        what: 'for a name that cannot be a namespace',
        args: ['--namespace', 'a/b'],
        code: 'PRC_NAME_INVALID',
        says: 'a/b',
      },
    ])('$what', async ({ args, code, says }) => {
      const named = code === 'PRC_BROKERS_MISSING' ? [] : ['-b', brokers];
      const result = await cli(['run', ...named, ...args, '--json'], { cwd: folder });
      expect({ code: result.code, reported: reported(result).code }).toEqual({ code: 3, reported: code });
      expect(reported(result).message).toContain(says);
      expect(result.stderr).not.toContain('hunter2');
    });

    test('for a log level that does not exist', async () => {
      const result = await cli(['run', '-b', brokers, '--json'], { cwd: folder, env: { LOG_LEVEL: 'loud' } });
      expect(result.code).toBe(3);
      expect(reported(result)).toMatchObject({
        code: 'PRC_LOG_LEVEL_INVALID',
        message: expect.stringContaining('loud'),
      });
    });

    test.for([
      { how: 'all processors', args: [], create: '-b BROKERS' },
      { how: 'one by its name', args: ['NAME'], create: 'NAME -b BROKERS' },
      { how: 'with a namespace', args: ['--namespace', 'blue-'], create: '--namespace blue- -b BROKERS' },
      { how: 'a module by its path', args: ['./jobs/nightly.ts'], create: './jobs/nightly.ts -b BROKERS' },
      { how: 'with a setting', args: ['-X', 'client.rack=a b'], create: "-b BROKERS -X 'client.rack=a b'" },
    ])('if topics are missing: $how, with the very command that creates them', async ({ args, create }) => {
      const [name, from, to] = [uniqueName('cli'), uniqueName('nowhere'), uniqueName('nowhere')];
      const text = copier(name, from, to, { options: 'onError: { handle: deadLetter() },' });
      const other = await project({ 'processors/p.ts': text, 'jobs/nightly.ts': text });
      const named = (words: string): string => words.replace('NAME', name).replace('BROKERS', brokers);
      const result = await cli(['run', ...args.map(named), '-b', brokers, '--json'], { cwd: other });
      expect(result.code).toBe(3);
      const { code, message, hint } = reported(result);
      expect({ code, message }).toEqual({ code: 'PRC_TOPICS_MISSING', message: expect.stringContaining(to) });
      expect(hint).toBe(`Create them: npx processor topics create ${named(create)}`);
      // As its reader types it.
      const typed = hint.replace('Create them: npx processor', `'${process.execPath}' '${bin}'`);
      await promisify(execFile)('/bin/sh', ['-c', typed], { cwd: other });
      const running = startCli(['run', ...args.map(named), '-b', brokers], { cwd: other });
      await running.logged('it starts now', ({ fact }) => fact === 'processor-started');
      running.signal('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 0 });
    });

    test('if what it compiles cannot be kept', async () => {
      const other = await project({
        'processors/p.ts': copier(names.name, names.from, names.to),
        '.processor': 'a file where a folder is needed',
      });
      const result = await cli(['run', '-b', brokers, '--json'], { cwd: other });
      expect(result.code).toBe(3);
      expect(reported(result)).toMatchObject({ code: 'PRC_MODULES_UNWRITABLE' });
    });
  });
});

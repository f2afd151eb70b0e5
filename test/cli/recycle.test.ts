// `processor run --memory-max`: a worker that holds too much hands over to a successor, and nobody who reads the outputs can tell.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/engine-wait.js';
import { testBrokers, uniqueName } from '../support/kafka.js';
import { isAlive } from '../support/process-alive.js';
import { RawKafka } from '../support/raw.js';
import { cli, project, type RunningCli, reported, startCli } from './support.js';

const partitions = [0, 1, 2, 3];
/**
 * A fresh worker holds a third of it, one that has met a record 'grow' more than all of it. Members hear soon of each other, so that
 * a busy machine is no reason for a gap.
 */
const limit = ['--memory-max', '400MiB', '-X', 'heartbeat.interval.ms=150'];

let kafka: RawKafka;
let brokers: string;
beforeAll(() => {
  brokers = testBrokers();
  kafka = new RawKafka(brokers);
});

describe('a worker that holds more than is allowed', () => {
  test('is followed by another one while the work goes on: each record once, no partition stands for two seconds', async () => {
    const { name, from, to, running } = await started(['--http', '0']);
    const load = new Load(from);
    const gaps = new Gaps(name, from);
    const watch = new ProbeWatch(running);
    const [first, second] = [workers(running)[0], () => workers(running)[1]];
    await running.does('all partitions move', async () => gaps.haveAllMoved());
    gaps.forget();
    await kafka.produce(from, [{ value: 'grow', partition: 1 }]);
    const handedOver = await running.logged('a hand-over', ({ msg }) => msg === 'worker has handed over');
    expect(handedOver).toMatchObject({ worker: first, code: 0, level: 'info' });
    gaps.mark();
    await running.does('all partitions move again', async () => gaps.haveAllMoved());
    const longestMs = await gaps.end();
    const written = await load.end();
    await running.does('all is committed', async () => (await committed(name, from)) >= written.length + 1);
    const { livez, slots } = await watch.end();
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect(workers(running)).toHaveLength(2);
    // The port answers all the time, for whichever worker counts, and shows the metrics of all that are alive.
    expect(livez).toEqual(new Set([200]));
    expect(slots).toEqual(['1', '2']);
    // The log is one; each line of a worker names it.
    for (const line of running.log.filter(({ fact }) => fact !== undefined))
      expect([first, second()]).toContain(line['worker']);
    expect(workers(running).filter(isAlive)).toEqual([]);
    expect(await kafka.sorted(to)).toEqual([...written, 'grow'].sort());
    expect(longestMs).toBeLessThan(2000);
    expect(running.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('is stopped with its successor where a SIGTERM comes between the two', async () => {
    const { name, from, to, running } = await started();
    const load = new Load(from);
    await kafka.produce(from, [{ value: 'grow', partition: 1 }]);
    await running.logged('the successor starts', ({ msg }) => msg.endsWith('starting a successor'));
    await running.does('it is there', async () => workers(running).length === 2);
    const askedAt = performance.now();
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
    expect(performance.now() - askedAt).toBeLessThan(4000);
    await load.end();
    expect(workers(running).filter(isAlive)).toEqual([]);
    // What is there is there once, and what is counted as done is there.
    const outputs = await kafka.values(to);
    expect(new Set(outputs).size).toBe(outputs.length);
    expect(await committed(name, from)).toBe(outputs.length);
  });

  test('goes on where its successor cannot start, and says so', async () => {
    const { from, to, folder, running } = await started();
    await writeFile(join(folder, 'processors/p.ts'), "throw new Error('half a deployment');");
    await kafka.produce(from, [{ value: 'grow', partition: 1 }]);
    const line = await running.logged('the successor ends', ({ msg }) => msg.startsWith('successor ended before'));
    expect(line).toMatchObject({ level: 'error', code: 3 });
    await kafka.produce(from, [{ value: 'after', partition: 1 }]);
    await running.does('it works on', async () => (await kafka.values(to)).join() === 'grow,after');
    running.signal('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('half a deployment') });
  });
});

describe('the process that was started', () => {
  test('loads no client, and ends its worker when it is killed: what is under way is finished', async () => {
    const { running } = await started();
    const [worker = 0] = workers(running);
    if (process.platform === 'linux') {
      const addons = (pid: number): RegExpMatchArray | null =>
        readFileSync(`/proc/${pid}/maps`, 'utf8').match(/confluent-kafka\S*\.node/);
      expect(addons(worker)).not.toBeNull();
      expect(addons(running.child.pid as number)).toBeNull();
    }
    running.signal('SIGKILL');
    expect(await running.ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    expect(running.log.at(-1)).toMatchObject({ fact: 'processor-stopped' });
    await eventually('the worker is gone', async () => !isAlive(worker));
  });

  test('ends with the code of a worker that fails, which has reported why, once', async () => {
    const { from, running } = await started();
    await kafka.produce(from, [{ value: 'fail' }]);
    const { code, stderr } = await running.ended;
    expect(code).toBe(1);
    expect(stderr.match(/^PRC_\w+/gm)).toEqual(['PRC_RECORD_FAILED']);
  });

  test('ends with 137 where its worker is killed, as a shell says it', async () => {
    const { running } = await started();
    process.kill(workers(running)[0] as number, 'SIGKILL');
    expect(await running.ended).toMatchObject({ code: 137, stderr: '' });
  });

  test('ends with 3 where a fresh worker is above the limit: another one would be, too', async () => {
    const { folder } = await module();
    const result = await cli(['run', '-b', brokers, '--memory-max', '50MiB', '--json'], { cwd: folder });
    expect(result.code).toBe(3);
    expect(reported(result)).toMatchObject({ code: 'PRC_MEMORY_MAX_LOW', message: expect.stringContaining('50 MiB') });
    expect(result.stdout.match(/worker started/g)).toHaveLength(1);
  });

  test('ends with 2 for a static member: there cannot be two of its name', async () => {
    const { folder } = await module();
    const words = ['run', '-b', brokers, ...limit, '-X', 'group.instance.id=a', '--json'];
    const result = await cli(words, { cwd: folder });
    expect(result.code).toBe(2);
    expect(reported(result)).toMatchObject({
      code: 'PRC_USAGE',
      message: expect.stringContaining('group.instance.id'),
    });
  });
});

interface Module {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly folder: string;
}

/** A processor that copies, and keeps a lot of memory for a record 'grow'. */
async function module(): Promise<Module> {
  const [from, to] = await Promise.all([kafka.topic('recycle-in', 4), kafka.topic('recycle-out', 4)]);
  const name = uniqueName('recycle');
  const folder = await project({
    'processors/p.ts': `import { processor, text, topic } from 'processor';
      const kept: Buffer[] = [];
      export default processor({
        name: '${name}',
        input: topic('${from}', { key: text(), value: text() }),
        outputs: { copy: topic('${to}', { key: text(), value: text() }) },
        handle(record, { out }) {
          if (record.value === 'fail') throw new Error('as wanted');
          if (record.value === 'grow') kept.push(Buffer.alloc(400 * 2 ** 20, 1));
          out.copy(record.value, record.value);
        },
      });`,
  });
  return { name, from, to, folder };
}

async function started(more: readonly string[] = []): Promise<Module & { readonly running: RunningCli }> {
  const made = await module();
  const running = startCli(['run', '-b', brokers, ...limit, ...more], { cwd: made.folder });
  await running.logged('a worker is ready', ({ msg }) => msg === 'worker is ready');
  return { ...made, running };
}

/** The process ids of the workers so far, in the order of their start. */
function workers({ log }: RunningCli): readonly number[] {
  return log.filter(({ msg }) => msg === 'worker started').map(({ worker }) => worker as number);
}

/** How many records the group has done, counted over all partitions: the input has no transactions. */
async function committed(group: string, topic: string): Promise<number> {
  return (await offsetsOf(group, topic)).reduce((sum, offset) => sum + offset, 0);
}

function offsetsOf(group: string, topic: string): Promise<readonly number[]> {
  return Promise.all(partitions.map(async (partition) => (await kafka.committed(group, topic, partition)) ?? 0));
}

/** Writes into every partition again and again. */
class Load {
  readonly #written: string[] = [];
  readonly #writing: Promise<void>;
  #isWanted = true;

  constructor(topic: string) {
    this.#writing = this.#write(topic);
    onTestFinished(async () => void (await this.end()));
  }

  /** Resolves to all values when they are written. */
  async end(): Promise<readonly string[]> {
    this.#isWanted = false;
    await this.#writing;
    return this.#written;
  }

  async #write(topic: string): Promise<void> {
    let n = 0;
    while (this.#isWanted) {
      const values = partitions.map((partition) => ({ value: `${partition}-${n}`, partition }));
      n++;
      this.#written.push(...values.map(({ value }) => value));
      await kafka.produce(topic, values);
      await wait(20);
    }
  }
}

/** What is answered on the port of --http, asked again and again. */
class ProbeWatch {
  readonly #url: string;
  readonly #watching: Promise<void>;
  readonly #livez = new Set<number>();
  readonly #slots = new Set<string>();
  #isWanted = true;

  constructor({ log }: RunningCli) {
    this.#url = log.find(({ url }) => url !== undefined)?.['url'] as string;
    this.#watching = this.#watch();
    // Nobody has asked yet how it ended.
    this.#watching.catch(() => {});
    onTestFinished(async () => void (await this.end()));
  }

  /** Rejects if there was no answer once. */
  async end(): Promise<{ readonly livez: ReadonlySet<number>; readonly slots: readonly string[] }> {
    this.#isWanted = false;
    await this.#watching;
    return { livez: this.#livez, slots: [...this.#slots].sort() };
  }

  async #watch(): Promise<void> {
    let looks = 0;
    while (this.#isWanted) {
      this.#livez.add((await fetch(`${this.#url}/livez`)).status);
      await wait(50);
      // Metrics take time from the work: they are collected more seldom, and no more than is needed.
      if (this.#slots.size > 1 || ++looks % 10 > 0) continue;
      const text = await (await fetch(`${this.#url}/metrics`)).text();
      for (const [, slot = ''] of text.matchAll(/^processor_tasks\{.*worker="(\d+)"\}/gm)) this.#slots.add(slot);
    }
  }
}

/** How long a partition's committed offset has stood still at most while all have input. */
class Gaps {
  readonly #group: string;
  readonly #topic: string;
  readonly #watching: Promise<void>;
  #isWanted = true;
  #offsets: readonly number[] = partitions.map(() => 0);
  #movedMs: number[] = partitions.map(() => performance.now());
  #longestMs = 0;
  #markMs = performance.now();

  constructor(group: string, topic: string) {
    this.#group = group;
    this.#topic = topic;
    this.#watching = this.#watch();
    onTestFinished(async () => void (await this.end()));
  }

  /** Whether each partition has moved since `mark`. */
  haveAllMoved(): boolean {
    return this.#movedMs.every((ms) => ms > this.#markMs);
  }

  mark(): void {
    this.#markMs = performance.now();
  }

  /** Forgets the longest gap so far, which is that of the start. */
  forget(): void {
    this.#longestMs = 0;
  }

  async end(): Promise<number> {
    this.#isWanted = false;
    await this.#watching;
    return this.#longestMs;
  }

  async #watch(): Promise<void> {
    while (this.#isWanted) {
      const offsets = await offsetsOf(this.#group, this.#topic);
      const nowMs = performance.now();
      offsets.forEach((offset, partition) => {
        this.#longestMs = Math.max(this.#longestMs, nowMs - (this.#movedMs[partition] as number));
        if (offset > (this.#offsets[partition] as number)) this.#movedMs[partition] = nowMs;
      });
      this.#offsets = offsets;
      await wait(20);
    }
  }
}

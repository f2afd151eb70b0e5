// Real processes that die by SIGKILL at each named point, one after another in the same group: each takes over from the one
// before, the last one lives, and the checker accounts for every record (failure cases 1 to 3, 25).

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../../chaos/checker/check.js';
import { historySuffix, loadHistory, readLines } from '../../../chaos/checker/load.js';
import { isGood, reportOf } from '../../../chaos/checker/report.js';
import { crashPoints } from '../../../chaos/harness/disasters.js';
import { readFinally } from '../../../chaos/harness/final-read.js';
import { type ChaosProcess, Processes } from '../../../chaos/harness/process.js';
import { ProgressWatch } from '../../../chaos/harness/progress.js';
import { type HistoryEvent, HistoryFile } from '../../../chaos/history.js';
import type { InstancePlan } from '../../../chaos/instance.js';
import { inputValue } from '../../../chaos/record-text.js';
import { firstStep, keyText, partitionCount } from '../../../chaos/steps.js';
import type { CrashPointName } from '../../../src/engine/crash-point.js';
import { instance } from '../../support/engine-process.js';
import { range } from '../../support/engine-story.js';
import { eventually, until } from '../../support/engine-wait.js';
import { testBrokers, uniqueName } from '../../support/kafka.js';
import { type ProxiedKafka, startProxiedKafka } from '../../support/proxied-kafka.js';
import { RawKafka } from '../../support/raw.js';

describe('exactly-once', () => {
  const topics = [firstStep.input, ...firstStep.sinks, firstStep.deadLetters];
  let kafka: ProxiedKafka;
  /** The broker's own address. */
  let brokers: string;
  let raw: RawKafka;
  let folder: string;
  let harness: HistoryFile;
  let processes: Processes;
  let seq = 0;

  beforeAll(async () => {
    kafka = await startProxiedKafka({ name: 'kafka-crash-points' });
    brokers = kafka.broker.brokers;
    raw = new RawKafka(brokers);
    for (const topic of topics) await raw.createTopic(topic, partitionCount);
    folder = mkdtempSync(join(tmpdir(), 'processor-crash-points-'));
    harness = new HistoryFile(join(folder, `harness${historySuffix}`));
    processes = new Processes(folder, harness);
  });
  afterAll(async () => {
    await processes.killAll();
    await raw.close();
    await kafka.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(crashPoints)('%s: the process dies there, and nowhere else', async (point) => {
    await write(3);
    const late = point === 'in-revoke' ? kafka.proxy.hold({ api: 'EndTxn' }) : undefined;
    const abortShare = aborts.has(point) ? 1 : 0;
    const doomed = await start(point, abortShare, { CRASH_AT: point });
    if (point === 'closing') {
      await until('it works', () => told(doomed, 'committed') > 0, 20_000);
      void doomed.end('SIGTERM');
    }
    if (late) {
      await late.held;
      void doomed.end('SIGTERM');
    }
    const code = await doomed.ended;
    expect(readFileSync(doomed.logFile, 'utf8')).toBe(`CRASH_AT=${point}: this process kills itself\n`);
    expect(code).toBe(128 + 9);
  });

  test('the last successor makes every record of them visible once', async () => {
    await write(3);
    const last = await start('last', 0);
    const progress = await ProgressWatch.open(harness, brokers, [firstStep]);
    const inputs = (
      await Promise.all(range(0, partitionCount).map((partition) => raw.ends(firstStep.input, partition)))
    )
      .map(({ high }) => high)
      .reduce((sum, high) => sum + high, 0);
    progress.watch(100);
    await until('it is through', () => progress.latest(firstStep).done === inputs, 20_000);
    expect(await last.stop()).toBe(0);
    await progress.askSettled();
    await progress.tellMembers(sessionMs);
    await progress.close();
    await readFinally(harness, { brokers, topics, settleMs: 15_000 });
    harness.append({ event: 'drained' });
    const ledger = loadHistory(folder);
    const findings = check(ledger, [firstStep]);
    expect(isGood(findings), reportOf(findings).join('\n')).toBe(true);
    // The checker has seen all of them.
    const found = ledger.finally.get(firstStep.input)?.reduce((sum, { length }) => sum + length, 0);
    expect(found).toBe(inputs);
  });

  function start(name: string, abortShare: number, environment = {}): Promise<ChaosProcess> {
    const settings = { 'session.timeout.ms': sessionMs };
    const plan = { processor: 'chaos-first', brokers: kafka.brokers, name, settings, limits: {}, abortShare } as const;
    return processes.start<InstancePlan>(name, 'chaos/instance.ts', plan, environment);
  }

  /** So many records for each of sixty keys. */
  async function write(times: number): Promise<void> {
    const keys = range(0, 60);
    for (let i = 0; i < times; i++, seq++) {
      const payload = (key: number): number => (seq * 60 + key) * 7919 + 1;
      await raw.produce(
        firstStep.input,
        keys.map((key) => ({
          key: keyText(key),
          value: inputValue(seq, payload(key)),
          partition: firstStep.partitionOf(key),
        })),
      );
    }
  }

  function told({ name }: ChaosProcess, what: HistoryEvent['event']): number {
    let count = 0;
    try {
      readLines(join(folder, `${name}${historySuffix}`), (line) => {
        if ((JSON.parse(line) as HistoryEvent).event === what) count++;
      });
    } catch (error) {
      // It has not begun to tell yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return count;
  }
});

describe('where there are no transactions', () => {
  const records = range(0, 50).map(String);

  test('at-least-once: what was delivered and not committed comes again, nothing is missing', async () => {
    const { output } = await dyingAt('delivered', 'at-least-once');
    const raw = new RawKafka(testBrokers());
    const values = await raw.sorted(output);
    await raw.close();
    expect([...new Set(values)]).toEqual(records.toSorted());
    expect(values.length).toBeGreaterThan(records.length);
  });

  test('at-most-once: what was claimed by the one that died is gone, nothing comes twice', async () => {
    const { output } = await dyingAt('offset-committed', 'at-most-once');
    const raw = new RawKafka(testBrokers());
    const values = await raw.values(output);
    await raw.close();
    expect(values).toEqual(records.slice(records.length - values.length));
    expect(values.length).toBeLessThan(records.length);
  });

  /** One dies there, another one takes over and gets to the end. */
  async function dyingAt(point: CrashPointName, guarantee: 'at-least-once' | 'at-most-once') {
    const raw = new RawKafka(testBrokers());
    const [input, output] = [await raw.topic('in'), await raw.topic('out')];
    await raw.produce(input, records);
    const name = uniqueName('crash');
    const settings = { 'session.timeout.ms': sessionMs };
    const plan = { brokers: testBrokers(), story: { name, input, outputs: [output], guarantee }, settings };
    expect(await instance(plan, { CRASH_AT: point }).ended).toBe('SIGKILL');
    const successor = instance(plan);
    await successor.until('it has taken over', () => successor.said('task-opened') > 0);
    await eventually('it is through', async () => (await raw.committed(name, input)) === records.length);
    successor.command('stop');
    await successor.ended;
    await raw.close();
    return { output };
  }
});

const sessionMs = 1000;
/** Points that only an abort leads to. */
const aborts: ReadonlySet<CrashPointName> = new Set(['abort-sent', 'aborted']);

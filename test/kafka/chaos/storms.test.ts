// Members join and leave every two seconds under load, as real processes, with each way of sharing partitions in turn: classic
// cooperative, classic range, KIP-848, static members. In the end the checker accounts for every record (failure case 10).
// The long form: npm run chaos -- --storm --protocol range --minutes 2

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../../../chaos/checker/check.js';
import { historySuffix, loadHistory } from '../../../chaos/checker/load.js';
import { isGood, reportOf } from '../../../chaos/checker/report.js';
import { timeouts } from '../../../chaos/harness/bounds.js';
import { readFinally } from '../../../chaos/harness/final-read.js';
import { startFleet } from '../../../chaos/harness/fleet.js';
import { protocols } from '../../../chaos/harness/membership.js';
import { Processes } from '../../../chaos/harness/process.js';
import { ProgressWatch } from '../../../chaos/harness/progress.js';
import { groupProperties } from '../../../chaos/harness/run.js';
import { storm } from '../../../chaos/harness/storm.js';
import { HistoryFile } from '../../../chaos/history.js';
import { firstStep, partitionCount } from '../../../chaos/steps.js';
import type { WriterPlan } from '../../../chaos/writer.js';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/embedded/kafka/broker.js';
import { until } from '../../support/engine-wait.js';
import { testBrokerProperties } from '../../support/kafka.js';
import { RawKafka } from '../../support/raw.js';

const topics = [firstStep.input, ...firstStep.sinks, firstStep.deadLetters];
let kafka: EmbeddedKafka;
let raw: RawKafka;
let folder: string;
let history: HistoryFile;
let processes: Processes;
let progress: ProgressWatch;
let written = 0;

beforeAll(async () => {
  kafka = await startEmbeddedKafka({
    name: 'kafka-storms',
    properties: { ...testBrokerProperties, ...groupProperties },
  });
  raw = new RawKafka(kafka.brokers);
  for (const topic of topics) await raw.createTopic(topic, partitionCount);
  folder = mkdtempSync(join(tmpdir(), 'processor-storms-'));
  history = new HistoryFile(join(folder, `harness${historySuffix}`));
  processes = new Processes(folder, history);
  progress = await ProgressWatch.open(history, kafka.brokers, [firstStep]);
  progress.watch(200);
});
afterAll(async () => {
  await progress.close();
  await processes.killAll();
  await raw.close();
  await kafka.stop();
  rmSync(folder, { recursive: true });
});

test.each(protocols)('%s: everybody is replaced, and nobody ends by itself', { timeout: 120_000 }, async (protocol) => {
  const { brokers } = kafka;
  const fleet = await startFleet(processes, { brokers, protocol, steps: [firstStep] }, 2);
  const pace = { records: 4000, perSecond: 300, keys: 200, firstKey: written, seed: written };
  const writer = await processes.start<WriterPlan>(`writer-${protocol}`, 'chaos/writer.ts', { brokers, ...pace });
  written += pace.records;
  const { joins, leaves } = await storm(fleet, history, stormMs);
  expect(await writer.ended).toBe(0);
  expect(joins + leaves).toBeGreaterThanOrEqual(stormMs / 2000 - 1);
  await until('all is done', () => progress.latest(firstStep).done === written, 40_000);
  await fleet.stopAll();
  expect(fleet.troubles).toEqual([]);
  // Static members are missed when their session is over: until then the group takes no other way of sharing.
  await progress.tellMembers(timeouts.sessionMs);
});

test('every record is accounted for', { timeout: 60_000 }, async () => {
  await progress.askSettled();
  await readFinally(history, { brokers: kafka.brokers, topics, settleMs: 15_000 });
  history.append({ event: 'drained' });
  const ledger = loadHistory(folder);
  const findings = check(ledger, [firstStep]);
  expect(isGood(findings), reportOf(findings).join('\n')).toBe(true);
  // The checker has seen all of them.
  expect(ledger.finally.get(firstStep.input)?.reduce((sum, { length }) => sum + length, 0)).toBe(written);
});

const stormMs = 12_000;

// The fast lane is worth having: it copies records with much less work than the slow one. Judged by the CPU time of the two
// processes, not by the clock: other tests have the machine, too.

import { expect, onTestFinished, test } from 'vitest';
import { cpuSecondsOf } from '../../bench/measure/process-figures.js';
import { median } from '../../bench/report/medians.js';
import { sidesOf } from '../../bench/sides/side.js';
import { cell, on } from '../../bench/suites.js';
import { startSurroundings } from '../../bench/surroundings.js';
import { runCell } from '../../bench/throughput.js';
import { chooseLane } from '../../src/adapters/confluent/native/lane.js';
import { testBrokers } from '../support/kafka.js';

/** A wide margin: on a quiet machine it is two and a half times, and more the longer it runs. */
const timesLess = 1.8;
const records = 120_000;
const missing = { missing: 'not asked for' };

test('the slow lane takes 1.8 times the CPU time of the fast one for the same bytes, or more', {
  timeout: 60_000,
}, async (context) => {
  const lane = chooseLane(undefined);
  if (lane.kind === 'slow') return context.skip(`there is no fast lane: ${lane.reason}`);
  if (cpuSecondsOf(process.pid) === undefined) return context.skip('there is no /proc to read CPU times from');
  const surroundings = await startSurroundings(() => {}, testBrokers());
  onTestFinished(() => surroundings.close());
  const peers = { 'kafka-streams': missing, 'franz-go': missing, kafkajs: missing };
  const sides = sidesOf({ peers, slowOnly: undefined, profileFolder: undefined });

  const both = cell('bytes', 'opaque bytes', on('pass-through', ['engine-slow', 'engine-fast']));
  const lines: string[] = [];
  const { contestants } = await runCell(both, sides, surroundings, {
    recordsWanted: records,
    rounds: 2,
    say: (line) => lines.push(line),
  });

  const [slow, fast] = contestants.map(
    ({ rounds }) => median(rounds.map(({ cpuSeconds }) => cpuSeconds)) ?? Number.NaN,
  );
  expect((slow as number) / (fast as number), lines.join('\n')).toBeGreaterThanOrEqual(timesLess);
});

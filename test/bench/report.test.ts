// What the benchmark makes of its figures: medians, bars, a page and a chart.

import { expect, test } from 'vitest';
import type { ThroughputFigures } from '../../bench/measure/throughput-run.js';
import { bars, figureText, isReached } from '../../bench/report/bars.js';
import { chart } from '../../bench/report/chart.js';
import { markdown } from '../../bench/report/markdown.js';
import { median } from '../../bench/report/medians.js';
import type { CellResult, ContestantResult, Results } from '../../bench/report/results.js';
import type { Contestant } from '../../bench/suites.js';

test('the median of an even number of rounds lies between the two in the middle, and what is not known does not count', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([undefined, 7])).toBe(7);
  expect(median([undefined])).toBeUndefined();
});

test('a bar is held against the better setting of Kafka Streams, by the medians', () => {
  const json = cell('json', [
    contestant('engine-fast', [4, 4, 40]),
    contestant('kafka-streams-1', [9, 9, 9]),
    contestant('kafka-streams-2', [5, 5, 1]),
  ]);
  expect(judged('JSON enrich: records/s of Kafka Streams', results([json]))).toBe('true 1.25 ×');
  expect(judged('JSON enrich: CPU for a record of Kafka Streams', results([json]))).toBe('false 0.80 ×');
});

test('what validates is no part of a bar, and what another guarantee costs is counted within one cell', () => {
  const guarantees = cell('guarantees', [
    contestant('engine-fast', [1], { workload: 'json-validated' }),
    contestant('engine-fast', [5]),
    contestant('engine-fast', [4], { guarantee: 'at-least-once' }),
  ]);
  const what = 'JSON enrich: what exactly-once costs over at-least-once';
  expect(judged(what, results([guarantees]))).toBe('true 20.0 %');
});

test('a bar of which a part was not measured is not judged', () => {
  const json = cell('json', [contestant('engine-fast', [4])]);
  expect(judged('JSON enrich: records/s of the bare loop', results([json]))).toBe('undefined –');
});

test('the page has the command, the machine, each figure, each bar with its mark, and who was left out and why', () => {
  const rounds = [{ p50: 8.12, p99: 30, p999: 50, max: 60, transactionsPerSecond: 120 }];
  const json = cell('json', [contestant('engine-fast', [4]), contestant('kafka-streams-1', [2])]);
  const page = markdown(results([json], [{ side: 'engine-fast', perSecond: 1000, rounds }]), 'benchmarks.svg');
  expect(page).toContain('Written by `npm run bench` on 2026-11-22');
  expect(page).toContain('- two cores');
  expect(page).toContain('| ✘ | JSON enrich: records/s of Kafka Streams | 0.50 × | ≥ 1 × |');
  expect(page).toContain('| ✔ | end to end at 1,000 records/s: p50 | 8.1 ms | ≤ 15 ms |');
  expect(page).toContain('| engine-fast | 250,000 | 2.00 | – | 200 | 10.0 | 0.5 |');
  expect(page).toContain('| 1,000 | engine-fast | 8.1 | 30.0 | 50.0 | 120.0 |');
  expect(page).toContain('| franz-go | franz-go | left out: there is no go |');
});

test('the chart draws the rates of a cell to one scale, and leaves out what nobody ran', () => {
  const both = [contestant('engine-fast', [1]), contestant('kafka-streams-1', [2])];
  const svg = chart([cell('json & more', both), cell('nothing', [])]);
  const [ours, other] = [...svg.matchAll(/<rect[^>]* width="(\d+)"/g)].map(([, width]) => Number(width));
  expect(ours).toBe(2 * (other as number));
  expect(svg).toContain('the cell json &amp; more');
  expect(svg).not.toContain('nothing');
});

const records = 1_000_000;

/** Rounds that took so many seconds, with half of that in CPU time. */
function contestant(
  side: Contestant['side'],
  seconds: readonly number[],
  special: Partial<Contestant> = {},
): ContestantResult {
  const rounds = seconds.map(
    (one): ThroughputFigures => ({
      seconds: one,
      cpuSeconds: one / 2,
      brokerCpuSeconds: undefined,
      peakRssMiB: 200,
      transactions: 10 * one,
      firstOutputMs: 500,
    }),
  );
  return { side, workload: 'json-enrich', guarantee: 'exactly-once', ...special, rounds };
}

function cell(name: string, contestants: CellResult['contestants']): CellResult {
  return { name, title: `the cell ${name}`, partitions: 4, compression: 'lz4', records, contestants };
}

function results(cells: readonly CellResult[], latencies: Results['latencies'] = []): Results {
  const about = {
    at: '2026-11-22T03:00:00.000Z',
    command: 'npm run bench',
    machine: 'two cores',
    versions: ['Kafka 4'],
  };
  const left = { side: 'franz-go', title: 'franz-go', settings: 'one session', missing: 'there is no go' } as const;
  return { ...about, sides: [left], rounds: 3, cells, latencies };
}

function judged(what: string, found: Results): string {
  const bar = bars.find((one) => one.what === what);
  if (bar === undefined) throw new Error(`there is no bar ${what}`);
  return `${isReached(bar, found)} ${figureText(bar, bar.figure(found))}`;
}

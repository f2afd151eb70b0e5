// docs/benchmarks.md, written from the results: nothing in it is typed by hand.

import { bars, boundText, figureText, isReached } from './bars.js';
import { medians, perMillion, rateOf } from './medians.js';
import { labelOf, shown } from './print.js';
import type { CellResult, LatencyResult, Results } from './results.js';

export function markdown(results: Results, chartFile: string): string {
  const { at, command, machine, versions, rounds, cells, latencies } = results;
  return `${[
    '# Benchmarks',
    `Written by \`${command}\` on ${at.slice(0, 10)}; the program is in [bench/](../bench). All sides work off the same input on one broker that shares the machine with them, in turn, each in a process of its own. Figures are medians of ${rounds} rounds, and what each side has written was compared with what the others have.`,
    `![Records a second by side and workload](${chartFile})`,
    [`- ${machine}`, ...versions.map((version) => `- ${version}`)].join('\n'),
    '## Bars',
    table(
      ['', 'what', 'figure', 'bar'],
      bars.map((bar) => [
        mark(isReached(bar, results)),
        bar.what,
        figureText(bar, bar.figure(results)),
        boundText(bar),
      ]),
    ),
    '## Throughput',
    'From the first record in hand until the last one is committed. CPU is user and system time for a million records, of the side and of the broker. The first output is counted from the start of the process.',
    ...cells.filter(({ contestants }) => contestants.length > 0).map(throughput),
    ...(latencies.length > 0
      ? [
          '## End to end',
          "From the producer's call to the record in the hands of a read_committed consumer.",
          latencyTable(latencies),
        ]
      : []),
    '## How the sides are set',
    table(
      ['side', 'what', 'settings'],
      results.sides.map(({ side, title, settings, missing }) => [
        side,
        title,
        missing === undefined ? settings : `left out: ${missing}`,
      ]),
    ),
  ].join('\n\n')}\n`;
}

export function mark(isGood: boolean | undefined): string {
  return isGood === undefined ? '–' : isGood ? '✔' : '✘';
}

function throughput({ title, records, partitions, contestants }: CellResult): string {
  const rows = contestants.map((contestant) => {
    const { rounds } = contestant;
    const { cpuSeconds, brokerCpuSeconds, peakRssMiB, transactions, seconds, firstOutputMs } = medians(rounds);
    return [
      labelOf(contestant),
      shown(rateOf(records, rounds)),
      shown(perMillion(cpuSeconds, records), 2),
      shown(perMillion(brokerCpuSeconds, records), 2),
      shown(peakRssMiB),
      shown((transactions ?? 0) / (seconds ?? 1), 1),
      shown((firstOutputMs ?? 0) / 1000, 1),
    ];
  });
  const heading = `### ${title}\n\n${shown(records)} records, ${partitions} partition${partitions === 1 ? '' : 's'}.`;
  const columns = [
    'side',
    'records/s',
    'CPU s/M',
    'broker CPU s/M',
    'peak RSS MiB',
    'transactions/s',
    'first output s',
  ];
  return `${heading}\n\n${table(columns, rows)}`;
}

function latencyTable(latencies: readonly LatencyResult[]): string {
  const rows = latencies.map(({ side, perSecond, rounds }) => {
    const { p50, p99, p999, transactionsPerSecond } = medians(rounds);
    return [shown(perSecond), side, shown(p50, 1), shown(p99, 1), shown(p999, 1), shown(transactionsPerSecond, 1)];
  });
  return table(['records/s', 'side', 'p50 ms', 'p99 ms', 'p99.9 ms', 'transactions/s'], rows);
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((one) => one.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

// What the terminal gets, a line for each contestant; the same words stand in the tables.

import { number } from '../../demo/report.js';
import type { LatencyFigures } from '../measure/latency-run.js';
import type { ThroughputFigures } from '../measure/throughput-run.js';
import type { SideName } from '../sides/side.js';
import type { Contestant } from '../suites.js';
import { medians, perMillion, rateOf } from './medians.js';

/** Its side, and whatever is not as usual. */
export function labelOf({ side, workload, guarantee }: Contestant): string {
  const special = [workload === 'json-validated' ? 'zod' : '', guarantee === 'exactly-once' ? '' : guarantee];
  return [side, ...special].filter((word) => word !== '').join(' ');
}

export function throughputLine(label: string, records: number, rounds: readonly ThroughputFigures[]): string {
  const { cpuSeconds, brokerCpuSeconds, peakRssMiB, transactions, seconds, firstOutputMs } = medians(rounds);
  const cells = [
    label.padEnd(29),
    `${shown(rateOf(records, rounds)).padStart(9)} records/s`,
    `CPU s/M ${shown(perMillion(cpuSeconds, records), 2).padStart(5)}`,
    `broker ${shown(perMillion(brokerCpuSeconds, records), 2).padStart(5)}`,
    `${shown(peakRssMiB).padStart(5)} MiB`,
    `${shown((transactions ?? 0) / (seconds ?? 1), 1).padStart(6)} tx/s`,
    `first output ${shown((firstOutputMs ?? 0) / 1000, 1)} s`,
  ];
  return cells.join('  ');
}

export function latencyLine(side: SideName, rounds: readonly LatencyFigures[]): string {
  const { p50, p99, p999, max, transactionsPerSecond } = medians(rounds);
  const [a, b, c, d] = [p50, p99, p999, max].map((ms) => shown(ms, 1).padStart(7));
  return `${side.padEnd(29)} p50 ${a}  p99 ${b}  p99.9 ${c}  max ${d} ms  ${shown(transactionsPerSecond, 1)} tx/s`;
}

export function shown(figure: number | undefined, digits = 0): string {
  if (figure === undefined || !Number.isFinite(figure)) return '–';
  return digits === 0 ? number(Math.round(figure)) : figure.toFixed(digits);
}

// What is said of several rounds.

import type { LatencyFigures } from '../measure/latency-run.js';
import type { ThroughputFigures } from '../measure/throughput-run.js';

/** Undefined where nothing is known. */
export function median(figures: readonly (number | undefined)[]): number | undefined {
  const sorted = figures.filter((figure) => figure !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted.length % 2 === 1 ? upper : sorted[middle - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

export function medians<Figures extends ThroughputFigures | LatencyFigures>(
  rounds: readonly Figures[],
): { readonly [Name in keyof Figures]: number | undefined } {
  const names = Object.keys(rounds[0] ?? {}) as (keyof Figures)[];
  const entries = names.map((name) => [name, median(rounds.map((round) => round[name] as number | undefined))]);
  return Object.fromEntries(entries) as { readonly [Name in keyof Figures]: number | undefined };
}

/** Records a second. */
export function rateOf(records: number, rounds: readonly ThroughputFigures[]): number | undefined {
  const seconds = median(rounds.map((round) => round.seconds));
  return seconds === undefined ? undefined : records / seconds;
}

/** For a million records. */
export function perMillion(cpuSeconds: number | undefined, records: number): number | undefined {
  return cpuSeconds === undefined ? undefined : (cpuSeconds * 1e6) / records;
}

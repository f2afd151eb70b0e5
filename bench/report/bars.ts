// What the figures are held against, as data. A bar whose parts were not measured is not judged.

import type { SideName } from '../sides/side.js';
import { median, medians, perMillion, rateOf } from './medians.js';
import { shown } from './print.js';
import type { ContestantResult, Results } from './results.js';

export interface Bar {
  readonly what: string;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly unit: '×' | '%' | 'ms' | 'MiB';
  figure(results: Results): number | undefined;
}

export const bars: readonly Bar[] = [
  {
    what: 'JSON enrich: records/s of Kafka Streams',
    bound: { atLeast: 1 },
    unit: '×',
    figure: (results) => quotient(rate(results, 'json', ours), streamsRate(results, 'json')),
  },
  {
    what: 'JSON enrich: CPU for a record of Kafka Streams',
    bound: { atMost: 0.75 },
    unit: '×',
    figure: (results) => quotient(cpu(results, 'json', ours), cpu(results, 'json', betterStreams(results, 'json'))),
  },
  {
    what: 'JSON enrich: records/s of the bare loop',
    bound: { atLeast: 2.5 },
    unit: '×',
    figure: (results) => quotient(rate(results, 'json', ours), rate(results, 'json', 'bare-loop')),
  },
  {
    what: 'opaque bytes: records/s of Kafka Streams',
    bound: { atLeast: 1.5 },
    unit: '×',
    figure: (results) => quotient(rate(results, 'bytes', ours), streamsRate(results, 'bytes')),
  },
  {
    what: '1 % filter: records/s of Kafka Streams',
    bound: { atLeast: 1.2 },
    unit: '×',
    figure: (results) => quotient(rate(results, 'filter', ours), streamsRate(results, 'filter')),
  },
  {
    what: 'Avro enrich: records/s of Kafka Streams',
    bound: { atLeast: 1 },
    unit: '×',
    figure: (results) => quotient(rate(results, 'avro', ours), streamsRate(results, 'avro')),
  },
  ...(['p50', 'p99'] as const).flatMap((part): Bar[] => [
    {
      what: `end to end at 1,000 records/s: ${part}`,
      bound: { atMost: part === 'p50' ? 15 : 40 },
      unit: 'ms',
      figure: (results) => latency(results, ours, part),
    },
    {
      what: `end to end at 1,000 records/s: ${part} of Kafka Streams`,
      bound: { atMost: 0.35 },
      unit: '×',
      figure: (results) => quotient(latency(results, ours, part), latency(results, 'kafka-streams-1', part)),
    },
  ]),
  {
    what: 'JSON enrich: what the framework costs over a bare fast loop',
    bound: { atMost: 15 },
    unit: '%',
    figure: (results) => cost(rate(results, 'json', ours), rate(results, 'json', 'bare-fast-loop')),
  },
  {
    what: 'opaque bytes: what the framework costs over a bare fast loop',
    bound: { atMost: 15 },
    unit: '%',
    figure: (results) => cost(rate(results, 'bytes', ours), rate(results, 'bytes', 'bare-fast-loop')),
  },
  {
    what: 'JSON enrich: what exactly-once costs over at-least-once',
    bound: { atMost: 20 },
    unit: '%',
    figure: (results) =>
      cost(rate(results, 'guarantees', ours), rate(results, 'guarantees', ours, { guarantee: 'at-least-once' })),
  },
  {
    what: 'JSON enrich: peak RSS',
    bound: { atMost: 300 },
    unit: 'MiB',
    figure: (results) => medianOf(results, 'json', ours, 'peakRssMiB'),
  },
];

/** `undefined`: it was not measured. */
export function isReached(bar: Bar, results: Results): boolean | undefined {
  const figure = bar.figure(results);
  if (figure === undefined) return undefined;
  return 'atLeast' in bar.bound ? figure >= bar.bound.atLeast : figure <= bar.bound.atMost;
}

export function figureText({ unit }: Bar, figure: number | undefined): string {
  const text = shown(figure, unit === '×' ? 2 : unit === 'MiB' ? 0 : 1);
  return text === '–' ? text : `${text} ${unit}`;
}

export function boundText({ bound, unit }: Bar): string {
  return 'atLeast' in bound ? `≥ ${bound.atLeast} ${unit}` : `≤ ${bound.atMost} ${unit}`;
}

const ours: SideName = 'engine-fast';
const streams: readonly SideName[] = ['kafka-streams-1', 'kafka-streams-2'];

type Special = Partial<Pick<ContestantResult, 'guarantee' | 'workload'>>;

function find({ cells }: Results, cellName: string, side: SideName, special: Special = {}) {
  const cell = cells.find(({ name }) => name === cellName);
  const contestant = cell?.contestants.find(
    (one) =>
      one.side === side && one.guarantee === (special.guarantee ?? 'exactly-once') && one.workload !== 'json-validated',
  );
  return cell && contestant ? { records: cell.records, rounds: contestant.rounds } : undefined;
}

function rate(results: Results, cell: string, side: SideName, special?: Special): number | undefined {
  const found = find(results, cell, side, special);
  return found && rateOf(found.records, found.rounds);
}

function cpu(results: Results, cell: string, side: SideName): number | undefined {
  const found = find(results, cell, side);
  return found && perMillion(median(found.rounds.map(({ cpuSeconds }) => cpuSeconds)), found.records);
}

function medianOf(results: Results, cell: string, side: SideName, figure: 'peakRssMiB'): number | undefined {
  const found = find(results, cell, side);
  return found && medians(found.rounds)[figure];
}

function betterStreams(results: Results, cell: string): SideName {
  const [one, two] = streams as readonly [SideName, SideName];
  return (rate(results, cell, two) ?? 0) > (rate(results, cell, one) ?? 0) ? two : one;
}

function streamsRate(results: Results, cell: string): number | undefined {
  return rate(results, cell, betterStreams(results, cell));
}

function latency({ latencies }: Results, side: SideName, part: 'p50' | 'p99'): number | undefined {
  const found = latencies.find((one) => one.side === side && one.perSecond === 1000);
  return found && medians(found.rounds)[part];
}

function quotient(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined ? undefined : part / whole;
}

/** By how many percent the one is slower than the other. */
function cost(slower: number | undefined, faster: number | undefined): number | undefined {
  const ratio = quotient(slower, faster);
  return ratio === undefined ? undefined : 100 * (1 - ratio);
}

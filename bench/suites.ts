// What is run, as data. A cell is one input that several contestants work off in turn, round after round; whoever is in the same
// cell can be compared, and has to have written the same.

import type { Guarantee } from '../src/core/topology.js';
import type { SideName } from './sides/side.js';
import type { WorkloadName } from './workloads/workload.js';

export interface Contestant {
  readonly side: SideName;
  readonly workload: WorkloadName;
  readonly guarantee: Guarantee;
}

export interface Cell {
  readonly name: string;
  readonly title: string;
  readonly partitions: number;
  /** Of the input, and of the outputs where a side can. */
  readonly compression: 'lz4' | 'none';
  /** How much of the records that are asked for. */
  readonly share: number;
  readonly contestants: readonly Contestant[];
}

export interface Pace {
  readonly perSecond: number;
  readonly sides: readonly SideName[];
}

export interface Suite {
  readonly records: number;
  readonly rounds: number;
  readonly cells: readonly Cell[];
  readonly paces: readonly Pace[];
  readonly latencySeconds: number;
}

const engine: readonly SideName[] = ['engine-fast', 'engine-slow'];
const streams: readonly SideName[] = ['kafka-streams-1', 'kafka-streams-2'];
const loops: readonly SideName[] = ['bare-loop', 'bare-fast-loop'];
const everybody: readonly SideName[] = [...engine, ...loops, ...streams, 'franz-go'];
const few: readonly SideName[] = ['engine-fast', ...streams];

/** The same contestants for each of the sides. */
export function on(
  workload: WorkloadName,
  sides: readonly SideName[],
  guarantee: Guarantee = 'exactly-once',
): Contestant[] {
  return sides.map((side) => ({ side, workload, guarantee }));
}

export function cell(
  name: string,
  title: string,
  contestants: readonly Contestant[],
  special: Partial<Pick<Cell, 'partitions' | 'compression' | 'share'>> = {},
): Cell {
  return { name, title, partitions: 4, compression: 'lz4', share: 1, contestants, ...special };
}

export const warmUp: Cell = cell('warm-up', 'the broker warms up', on('json-enrich', ['engine-slow']));
export const warmUpRecords = 50_000;

const validated = on('json-validated', ['engine-fast']);

/** Every day: three minutes. */
export const quick: Suite = {
  records: 300_000,
  rounds: 2,
  cells: [
    cell('json', 'JSON enrich', [...on('json-enrich', [...engine, 'bare-loop', ...streams]), ...validated]),
    cell('bytes', 'opaque bytes', on('pass-through', [...engine, 'bare-loop', ...streams])),
  ],
  paces: [{ perSecond: 1000, sides: ['engine-fast', 'kafka-streams-1'] }],
  latencySeconds: 5,
};

/** What the figures of docs/benchmarks.md are from: about an hour and a half. */
export const full: Suite = {
  records: 5_000_000,
  rounds: 3,
  cells: [
    cell('json', 'JSON enrich', [...on('json-enrich', everybody), ...validated]),
    cell('avro', 'Avro enrich', on('avro-enrich', [...engine, ...streams])),
    cell('bytes', 'opaque bytes', on('pass-through', everybody)),
    cell('filter', '1 % filter', on('filter', everybody)),
    cell('fan-out', '1:3 fan-out', on('fan-out', everybody), { share: 0.4 }),
    cell('bytes-100', 'opaque values of 100 bytes', on('pass-through-100', few)),
    cell('bytes-10k', 'opaque values of 10 KB', on('pass-through-10k', few), { share: 0.04 }),
    cell('one-partition', 'JSON enrich, one partition', on('json-enrich', few), { partitions: 1, share: 0.4 }),
    cell('many-partitions', 'JSON enrich, 32 partitions', on('json-enrich', few), { partitions: 32 }),
    cell('guarantees', 'JSON enrich, by guarantee', [
      ...on('json-enrich', ['engine-fast', 'kafka-streams-2']),
      ...on('json-enrich', ['engine-fast', 'kafka-streams-2'], 'at-least-once'),
      ...on('json-enrich', ['engine-fast'], 'at-most-once'),
    ]),
    cell('kafkajs', 'JSON enrich, uncompressed', on('json-enrich', ['engine-fast', 'kafkajs', 'kafkajs-style']), {
      compression: 'none',
      share: 0.1,
    }),
  ],
  paces: [100, 1000, 20_000].map((perSecond) => ({
    perSecond,
    sides: ['engine-fast', 'engine-slow', 'kafka-streams-1'],
  })),
  latencySeconds: 20,
};

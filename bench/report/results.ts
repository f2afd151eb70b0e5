// All that a run has found out, as it is written to a JSON file.

import type { LatencyFigures } from '../measure/latency-run.js';
import type { ThroughputFigures } from '../measure/throughput-run.js';
import type { SideName } from '../sides/side.js';
import type { Cell, Contestant } from '../suites.js';

export interface Results {
  /** ISO 8601. */
  readonly at: string;
  readonly command: string;
  readonly machine: string;
  readonly versions: readonly string[];
  readonly sides: readonly SideNote[];
  readonly rounds: number;
  readonly cells: readonly CellResult[];
  readonly latencies: readonly LatencyResult[];
}

export interface SideNote {
  readonly side: SideName;
  readonly title: string;
  readonly settings: string;
  /** Why it was left out, if it was. */
  readonly missing: string | undefined;
}

export interface CellResult extends Pick<Cell, 'name' | 'title' | 'partitions' | 'compression'> {
  readonly records: number;
  readonly contestants: readonly ContestantResult[];
}

export interface ContestantResult extends Contestant {
  readonly rounds: readonly ThroughputFigures[];
}

export interface LatencyResult {
  readonly side: SideName;
  readonly perSecond: number;
  readonly rounds: readonly LatencyFigures[];
}

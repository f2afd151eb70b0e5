// What a side is told, in whatever language it is written: one JSON argument.

import type { Guarantee } from '../../src/core/topology.js';
import type { WorkloadName } from '../workloads/workload.js';

export interface SideOptions {
  readonly brokers: string;
  /** Address of the schema registry. */
  readonly registry: string;
  /** Also the processor's name, and the application's id. */
  readonly group: string;
  readonly input: string;
  readonly output: string;
  readonly partitions: number;
  readonly workload: WorkloadName;
  readonly guarantee: Guarantee;
  readonly compression: string;
  /** Under which the registry holds the schemas of the Avro workload, for those who do not ask it. */
  readonly inputSchemaId: number;
  readonly outputSchemaId: number;
  /** Its client's or framework's own settings, where it takes any. */
  readonly settings: Readonly<Record<string, string>>;
}

// What is done with records, as data. Every side does the same: its outputs are compared.

import type { InputName } from '../inputs/input.js';

export type WorkloadName = keyof typeof workloads;

export interface Workload {
  readonly title: string;
  readonly input: InputName;
  /** How many records come out of so many. */
  outputs(records: number): number;
  /** How two outputs are compared: by what stands in the JSON, which each language writes in its own way, or by their bytes. */
  readonly compare: 'json' | 'bytes';
}

const one = (records: number): number => records;

export const workloads = {
  'json-enrich': { title: 'JSON enrich', input: 'orders', outputs: one, compare: 'json' },
  'json-validated': { title: 'JSON enrich, validated by zod', input: 'orders', outputs: one, compare: 'json' },
  'avro-enrich': { title: 'Avro enrich', input: 'avro-orders', outputs: one, compare: 'bytes' },
  'pass-through': { title: 'opaque bytes', input: 'orders', outputs: one, compare: 'bytes' },
  filter: { title: '1 % filter', input: 'orders', outputs: (records) => Math.floor(records / 100), compare: 'bytes' },
  'fan-out': { title: '1:3 fan-out', input: 'orders', outputs: (records) => 3 * records, compare: 'bytes' },
  'pass-through-100': { title: 'opaque 100 bytes', input: 'bytes-100', outputs: one, compare: 'bytes' },
  'pass-through-10k': { title: 'opaque 10 KB', input: 'bytes-10k', outputs: one, compare: 'bytes' },
} as const satisfies Record<string, Workload>;

// What a side has written, in few figures: two outputs with the same ones are taken for the same.

import { childOptions, giveResult } from '../child.js';
import { openReader } from '../columns-reader.js';
import type { Enriched } from '../workloads/enrichment.js';
import type { Workload } from '../workloads/workload.js';

export interface OutputSumOptions {
  readonly brokers: string;
  readonly topic: string;
  readonly partitions: number;
  /** As many are waited for. */
  readonly records: number;
  readonly compare: Workload['compare'];
}

export interface OutputSum {
  readonly records: number;
  /** How many each partition has. */
  readonly partitions: readonly number[];
  /** Sums over what stands in the values: a record that is there twice in place of another one shows. */
  readonly content: readonly number[];
}

const options = childOptions() as OutputSumOptions;
const counts = Array.from({ length: options.partitions }, () => 0);
const add = options.compare === 'json' ? addOrder : addBytes;
const content = [0, 0];
let records = 0;
const reader = await openReader(options);
for await (const { partition, length, bytes, columns } of reader.untilQuiet(() => records >= options.records)) {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < length; i++) add(all, columns.valueStart[i] as number, columns.valueEnd[i] as number);
  counts[partition] = (counts[partition] ?? 0) + length;
  records += length;
}
await reader.close();
giveResult({ records, partitions: counts, content } satisfies OutputSum);

function addOrder(bytes: Buffer, start: number, end: number): void {
  const order = JSON.parse(bytes.toString('utf8', start, end)) as Enriched;
  addTo(0, order.orderId);
  addTo(1, Math.round(order.unitCents) + order.cents + order.quantity + order.date.length);
}

/** A hash of each value (FNV-1a), so that their order does not matter. */
function addBytes(bytes: Buffer, start: number, end: number): void {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  addTo(0, hash >>> 0);
  addTo(1, end - start);
}

/** Numbers beyond 2^53 would lose their last digits, and the order of records would count. */
function addTo(index: 0 | 1, value: number): void {
  content[index] = ((content[index] as number) + value) % 2 ** 48;
}

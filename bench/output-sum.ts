// What a side has written, in few figures: two outputs with the same ones are taken for the same.

import { readTopic } from '../src/adapters/confluent/topic-reader.js';
import { childOptions, giveResult } from './child.js';
import type { Enriched } from './enrichment.js';

export interface OutputSumOptions {
  readonly brokers: string;
  readonly topic: string;
}

export interface OutputSum {
  readonly records: number;
  readonly bytes: number;
  /** Of all ids: a record that is there twice in place of another one shows. */
  readonly orderIds: number;
  readonly unitCents: number;
  /** How many records each partition has. */
  readonly partitions: readonly number[];
}

const options = childOptions() as OutputSumOptions;
const partitions = [0, 0, 0, 0];
let [records, bytes, orderIds, unitCents] = [0, 0, 0, 0];
for await (const { partition, value } of readTopic(options)) {
  const text = Buffer.from(value ?? []).toString();
  const order = JSON.parse(text) as Enriched;
  records++;
  bytes += value?.length ?? 0;
  orderIds += order.orderId;
  unitCents += Math.round(order.unitCents);
  partitions[partition] = (partitions[partition] ?? 0) + 1;
}
giveResult({ records, bytes, orderIds, unitCents, partitions } satisfies OutputSum);

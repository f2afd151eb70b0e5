// The schemas of the Avro workload. The files are those from which the Java side's classes are generated.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AvroCodec, avroOf } from 'processor';
import { repositoryRoot } from '../../demo/repository.js';
import type { Enriched, Order } from '../workloads/enrichment.js';

export const avroOrder: AvroCodec<Order> = avroOf<Order>(schema('order'));
export const avroEnriched: AvroCodec<Enriched> = avroOf<Enriched>(schema('enriched-order'));

function schema(name: string): object {
  const file = join(repositoryRoot, `bench/peers/kafka-streams/src/main/avro/${name}.avsc`);
  return JSON.parse(readFileSync(file, 'utf8')) as object;
}

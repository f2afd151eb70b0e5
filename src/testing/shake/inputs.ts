// The records that a processor is shaken with, encoded once: every run gets the same bytes. And how many partitions there are: few,
// because what is disrupted is the same in each.

import type { SchemaRegistry } from '../../core/codec.js';
import type { TopicPartition } from '../../core/ids.js';
import type { EmitOptions } from '../../core/record.js';
import { deadLetterTopics, type Topology, type TopologyTopic } from '../../core/topology.js';
import type { OpenedCodec } from '../../engine/input-record.js';
import { Outputs } from '../../engine/outputs.js';
import type { SentRecord } from '../../memory/partition-log.js';
import { recordsOf } from '../../memory/record-form.js';
import type { OutputBatch } from '../../ports/output-batch.js';
import { recordColumns } from '../../ports/record-batch.js';

export interface EncodedInput {
  readonly partition: TopicPartition;
  readonly record: SentRecord;
}

/** Where the records of a processor go to. */
export interface InputPlace {
  readonly registry: SchemaRegistry;
  readonly partitions: ReadonlyMap<string, number>;
  /** Now, in milliseconds since 1970. */
  readonly epochMs: number;
}

export interface GivenRecord extends EmitOptions {
  readonly key: unknown;
  readonly value: unknown;
}

/** How many partitions each topic of a processor has. */
export function partitionCounts(topology: Topology, wanted: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const sources = topology.subtopologies.map(({ source }) => source.topic);
  const most = isFedBack(topology) ? 1 : 2;
  const counts = new Map<string, number>();
  for (const { name, partitions = most } of sources)
    counts.set(name, Math.max(Math.min(partitions, most), wanted.get(name) ?? 0));
  for (const { topic } of topology.sinks)
    if (!counts.has(topic.name)) counts.set(topic.name, topic.partitions ?? outputPartitions);
  for (const name of deadLetterTopics('', topology)) if (!counts.has(name)) counts.set(name, most);
  return counts;
}

/** Whether it reads what it writes. */
export function isFedBack({ subtopologies, sinks }: Topology): boolean {
  return sinks.some(({ topic }) => subtopologies.some(({ source }) => source.topic.name === topic.name));
}

/** By topic, how many partitions are needed for those that are named. */
export function partitionsWanted(given: ReadonlyMap<string, readonly GivenRecord[]>): ReadonlyMap<string, number> {
  const wanted = (records: readonly GivenRecord[]): number =>
    records.reduce((most, { partition = -1 }) => Math.max(most, partition + 1), 0);
  return new Map([...given].map(([topic, records]) => [topic, wanted(records)]));
}

/** Encodes records for one topic. Throws where one does not fit its codecs. */
export async function inputsOf(
  topic: TopologyTopic,
  records: readonly GivenRecord[],
  { registry, partitions, epochMs }: InputPlace,
): Promise<readonly EncodedInput[]> {
  const opened = async (part: 'key' | 'value'): Promise<OpenedCodec> => {
    const scope = { topic: topic.name, part, use: 'write', registry, registerSchemas: true } as const;
    return { serde: await topic[part].open(scope), nullable: topic[part].nullable };
  };
  const outputs = new Outputs({
    topics: [{ name: topic.name, key: await opened('key'), value: await opened('value') }],
    deadLetterTopics: [],
    partitionCounts: partitions,
    callBytesMax: Number.POSITIVE_INFINITY,
  });
  return records.flatMap(({ key, value, ...options }, i) => {
    const columns = recordColumns(1);
    columns.timestamp[0] = epochMs - records.length + i;
    // Where it would come from if it came from a record: that gives what the options leave open.
    const batch = { topic: '', partition: i, length: 1, endPosition: 1, bytes: new Uint8Array(0), columns };
    outputs.batch.clear();
    outputs.emit(0, key, value, options, { batch, index: 0 });
    return inputsIn(outputs.batch);
  });
}

/** By partition, each record in its order. */
export function inputsIn(batch: OutputBatch): readonly EncodedInput[] {
  return recordsOf(batch).flatMap(({ partition, records }) => records.map((record) => ({ partition, record })));
}

/** As `testDriver` has it, where a definition names no number. */
const outputPartitions = 4;

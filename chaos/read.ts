// What read_committed readers of a run are given, as columns of its history. Nothing of ours lies between them and the client.

import { readTopic, type TopicRecord } from '../src/adapters/confluent/topic-reader.js';
import type { HistoryFile } from './history.js';
import { parseRecord } from './record-text.js';

interface Columns {
  readonly offsets: number[];
  readonly keys: number[];
  readonly seqs: number[];
  readonly payloads: number[];
  readonly fromPartitions: number[];
  readonly fromOffsets: number[];
  readonly fromTopics: string[];
}

export interface ReadOptions {
  readonly brokers: string;
  readonly topic: string;
  readonly when: 'during' | 'finally';
  readonly signal?: AbortSignal;
}

/** Reads from the beginning; `during` until the signal comes, `finally` to the end. Gives back how many records. */
export async function readInto(history: HistoryFile, { brokers, topic, when, signal }: ReadOptions): Promise<number> {
  const partitions = new Map<number, Columns>();
  let held = 0;
  let count = 0;
  const tell = (): void => {
    for (const [partition, { fromTopics, ...columns }] of partitions)
      history.append({
        event: 'read',
        when,
        topic,
        partition,
        ...columns,
        ...(fromTopics.length > 0 ? { fromTopics } : {}),
      });
    partitions.clear();
    held = 0;
  };
  // What was read is told a little later than it was read, never earlier.
  const timer = when === 'during' ? setInterval(tell, 20) : undefined;
  try {
    const until = when === 'during' ? 'forever' : 'end';
    for await (const record of readTopic({ brokers, topic, until, ...(signal ? { signal } : {}) })) {
      let columns = partitions.get(record.partition);
      if (columns === undefined) partitions.set(record.partition, (columns = newColumns()));
      add(columns, record);
      count++;
      if (++held >= heldMax) tell();
    }
  } finally {
    clearInterval(timer);
    tell();
  }
  return count;
}

function add(columns: Columns, record: TopicRecord): void {
  const parsed = parseRecord(record.key, record.value);
  const from = record.headers.find(([name]) => name === 'dlq.topic');
  columns.offsets.push(record.offset);
  columns.keys.push(parsed.key);
  columns.seqs.push(parsed.seq);
  columns.payloads.push(parsed.payload);
  columns.fromPartitions.push(from ? headerNumber(record, 'dlq.partition') : parsed.fromPartition);
  columns.fromOffsets.push(from ? headerNumber(record, 'dlq.offset') : parsed.fromOffset);
  if (from) columns.fromTopics.push(Buffer.from(from[1]).toString());
}

function headerNumber({ headers }: TopicRecord, wanted: string): number {
  const value = headers.find(([name]) => name === wanted)?.[1];
  return value === undefined ? -1 : Number(Buffer.from(value).toString());
}

function newColumns(): Columns {
  return { offsets: [], keys: [], seqs: [], payloads: [], fromPartitions: [], fromOffsets: [], fromTopics: [] };
}

const heldMax = 1000;

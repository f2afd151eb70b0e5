// Between the records of the model's logs, one object each, and the columns that the port speaks of.

import { partitionKey, type TopicPartition } from '../core/ids.js';
import type { OutputBatch } from '../ports/output-batch.js';
import { type RecordBatch, recordColumns } from '../ports/record-batch.js';
import type { LogRecord, SentRecord } from './partition-log.js';

export interface PartitionRecords {
  readonly partition: TopicPartition;
  readonly records: readonly SentRecord[];
}

/** All of them, or the first so many, by partition, each record in its order; copies, as whoever sends may use the memory again. */
export function recordsOf(outputs: OutputBatch, length = outputs.length): PartitionRecords[] {
  const { topics, columns, sink } = outputs;
  const found = new Map<string, { readonly partition: TopicPartition; readonly records: SentRecord[] }>();
  for (let i = 0; i < length; i++) {
    const partition = {
      topic: topics[columns.topic[i] as number] as string,
      partition: columns.partition[i] as number,
    };
    const key = partitionKey(partition);
    let ofOne = found.get(key);
    if (ofOne === undefined) found.set(key, (ofOne = { partition, records: [] }));
    const part = (start: number, end: number): Uint8Array => sink.bytes.slice(start, end);
    const keyStart = columns.keyStart[i] as number;
    const valueStart = columns.valueStart[i] as number;
    ofOne.records.push({
      timestamp: columns.timestamp[i] as number,
      key: keyStart < 0 ? null : part(keyStart, columns.keyEnd[i] as number),
      value: valueStart < 0 ? null : part(valueStart, columns.valueEnd[i] as number),
      headers: part(columns.headersStart[i] as number, columns.headersEnd[i] as number),
    });
  }
  return [...found.values()];
}

export function toRecordBatch(
  { topic, partition }: TopicPartition,
  records: readonly LogRecord[],
  endPosition: number,
): RecordBatch {
  const columns = recordColumns(records.length);
  const size = records.reduce((sum, record) => sum + bytesOf(record), 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  const put = (part: Uint8Array | null, starts: Int32Array, ends: Int32Array, i: number): void => {
    starts[i] = part === null ? -1 : at;
    if (part !== null) bytes.set(part, at);
    at += sizeOf(part);
    ends[i] = part === null ? -1 : at;
  };
  records.forEach(({ offset, timestamp, key, value, headers }, i) => {
    columns.offset[i] = offset;
    columns.timestamp[i] = timestamp;
    put(key, columns.keyStart, columns.keyEnd, i);
    put(value, columns.valueStart, columns.valueEnd, i);
    put(headers, columns.headersStart, columns.headersEnd, i);
  });
  return { topic, partition, length: records.length, endPosition, bytes, columns };
}

/** The client puts no more into one request, but for a record that is larger by itself. */
export function requestsOf(records: readonly SentRecord[]): readonly (readonly SentRecord[])[] {
  const requests: SentRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += bytesOf(record);
    const last = requests.at(-1);
    if (last && bytes <= requestBytes) last.push(record);
    else {
      requests.push([record]);
      bytes = bytesOf(record);
    }
  }
  return requests;
}

/** What a record weighs before it is compressed, which the model does not do. */
export function bytesOf({ key, value, headers }: SentRecord): number {
  return sizeOf(key) + sizeOf(value) + headers.length;
}

/** The client's `batch.size`. */
const requestBytes = 1_000_000;

function sizeOf(part: Uint8Array | null): number {
  return part?.length ?? 0;
}

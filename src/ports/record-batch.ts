// Records as they come from Kafka: the records of one topic-partition, in offset order, as columns over one buffer.
// Nothing here is an object per record, so that a batch costs what its bytes cost. Whoever gets a batch only reads it:
// a replay after an abort starts from these very bytes (E11).

export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  /** How many records; never 0. */
  readonly length: number;
  /**
   * Where the partition's reader stood right after these records were handed out: past control markers and aborted
   * records behind the last one. It is the offset that a commit of the whole batch carries (E12).
   */
  readonly endPosition: number;
  readonly bytes: Uint8Array;
  readonly columns: RecordColumns;
}

/** One entry per record in each. A range with start -1 is null (for headers: start = end, no headers). */
export interface RecordColumns {
  readonly offset: Float64Array;
  /** Milliseconds since 1970; -1 where the record has none. */
  readonly timestamp: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly headersStart: Int32Array;
  readonly headersEnd: Int32Array;
}

/** What a record takes in the columns, besides its own bytes: tombstones of a long queue are not for free. */
export const columnBytes = 2 * 8 + 6 * 4;

/** The memory that a batch holds. */
export function bytesHeld({ bytes, length }: RecordBatch): number {
  return bytes.byteLength + columnBytes * length;
}

/** Columns for `length` records, all in one allocation. */
export function recordColumns(length: number): RecordColumns {
  const wide = 8 * length;
  const narrow = 4 * length;
  const buffer = new ArrayBuffer(2 * wide + 6 * narrow);
  const narrowAt = (index: number) => new Int32Array(buffer, 2 * wide + index * narrow, length);
  return {
    offset: new Float64Array(buffer, 0, length),
    timestamp: new Float64Array(buffer, wide, length),
    keyStart: narrowAt(0),
    keyEnd: narrowAt(1),
    valueStart: narrowAt(2),
    valueEnd: narrowAt(3),
    headersStart: narrowAt(4),
    headersEnd: narrowAt(5),
  };
}

// Records on their way to Kafka: everything that one batch of a task emits, as columns over one growing buffer. Handlers'
// outputs are encoded straight into it. `mark` and `rewind` drop what a failed attempt emitted (E19).

import { ByteSlab } from '../core/byte-slab.js';

export class OutputBatch {
  /** The bytes of all keys, values and headers. */
  readonly sink: ByteSlab = new ByteSlab(64 * 1024, keepBytesMax);
  /** Topics by the index that the column `topic` holds. */
  readonly topics: readonly string[];
  /** How many records. */
  length = 0;
  columns: OutputColumns = outputColumns(64);

  constructor(topics: readonly string[]) {
    this.topics = topics;
  }

  /** Appends a record whose parts are ranges of `sink`; a start of -1 is null, headers without bytes are none. */
  append(record: OutputRecord): void {
    if (this.length === this.columns.topic.length) this.columns = grown(this.columns);
    const { columns, length: at } = this;
    columns.topic[at] = record.topic;
    columns.partition[at] = record.partition;
    columns.timestamp[at] = record.timestamp;
    columns.keyStart[at] = record.keyStart;
    columns.keyEnd[at] = record.keyEnd;
    columns.valueStart[at] = record.valueStart;
    columns.valueEnd[at] = record.valueEnd;
    columns.headersStart[at] = record.headersStart;
    columns.headersEnd[at] = record.headersEnd;
    this.length = at + 1;
  }

  mark(): OutputMark {
    return { length: this.length, position: this.sink.position };
  }

  rewind(mark: OutputMark): void {
    this.length = mark.length;
    this.sink.position = mark.position;
  }

  /** Empties the batch; keeps its memory for the next one unless it has grown out of the ordinary. */
  clear(): void {
    this.length = 0;
    this.sink.reset();
    if (this.columns.topic.length > keepRecordsMax) this.columns = outputColumns(64);
  }
}

const keepBytesMax = 16 * 1024 * 1024;
const keepRecordsMax = 64 * 1024;

export interface OutputMark {
  readonly length: number;
  readonly position: number;
}

export interface OutputRecord {
  /** Index into `topics`. */
  readonly topic: number;
  readonly partition: number;
  readonly timestamp: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly headersStart: number;
  readonly headersEnd: number;
}

export interface OutputColumns {
  readonly topic: Int32Array;
  readonly partition: Int32Array;
  readonly timestamp: Float64Array;
  readonly keyStart: Int32Array;
  readonly keyEnd: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly headersStart: Int32Array;
  readonly headersEnd: Int32Array;
}

function outputColumns(length: number): OutputColumns {
  return {
    topic: new Int32Array(length),
    partition: new Int32Array(length),
    timestamp: new Float64Array(length),
    keyStart: new Int32Array(length),
    keyEnd: new Int32Array(length),
    valueStart: new Int32Array(length),
    valueEnd: new Int32Array(length),
    headersStart: new Int32Array(length),
    headersEnd: new Int32Array(length),
  };
}

function grown(columns: OutputColumns): OutputColumns {
  const wider = outputColumns(2 * columns.topic.length);
  for (const name of Object.keys(columns) as (keyof OutputColumns)[]) wider[name].set(columns[name]);
  return wider;
}

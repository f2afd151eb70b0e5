// Records by the fast lane: the client's messages are copied into columns on a thread of their own, and no object is made for
// any of them here.

import { columnBytes, type RecordBatch, type RecordColumns } from '../../../ports/record-batch.js';
import type { Intake, Taken } from '../intake.js';
import { toKafkaError } from '../kafka-error.js';
import type { TakeFailure } from '../unreadable.js';
import type { ClientHandle, NativeBatch, NativeLane, NativeNotice } from './lane.js';

export class FastIntake implements Intake {
  readonly #native: NativeLane;
  readonly #client: ClientHandle;

  constructor(native: NativeLane, client: ClientHandle) {
    this.#native = native;
    this.#client = client;
  }

  async take(recordsMax: number, timeoutMs: number): Promise<Taken> {
    const { batches, notices } = await this.#native.consume(this.#client, recordsMax, timeoutMs);
    return {
      batches: batches.map(recordBatch),
      failures: notices.map(takeFailure),
    };
  }

  close(): void {
    this.#native.close(this.#client);
  }
}

function takeFailure(notice: NativeNotice): TakeFailure {
  const { topic, partition, offset } = notice;
  const error = toKafkaError(notice, 'consume');
  return topic === '' ? { error } : { error, place: { topic, partition, offset } };
}

/** The columns lie in the buffer as `recordColumns` would make them, and the bytes behind them. */
function recordBatch({ topic, partition, length, position, buffer }: NativeBatch): RecordBatch {
  const wide = 8 * length;
  const narrowAt = (index: number): Int32Array => new Int32Array(buffer, 2 * wide + 4 * index * length, length);
  const columns: RecordColumns = {
    offset: new Float64Array(buffer, 0, length),
    timestamp: new Float64Array(buffer, wide, length),
    keyStart: narrowAt(0),
    keyEnd: narrowAt(1),
    valueStart: narrowAt(2),
    valueEnd: narrowAt(3),
    headersStart: narrowAt(4),
    headersEnd: narrowAt(5),
  };
  const after = (columns.offset[length - 1] as number) + 1;
  return {
    topic,
    partition,
    length,
    endPosition: Math.max(position, after),
    columns,
    bytes: Buffer.from(buffer, columnBytes * length),
  };
}

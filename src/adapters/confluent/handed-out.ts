// How far each partition has been handed out, so that no record is handed out twice. While the group is shared anew the client
// halts all partitions and goes on from what it believes to have handed out; a record that is being handed out at that very
// moment is not in that, and comes again. Pure.

import { partitionKey, type TopicPartitionOffset } from '../../core/ids.js';
import { type RecordBatch, type RecordColumns, recordColumns } from '../../ports/record-batch.js';

export class HandedOut {
  /** The offset behind the last record, by partition. */
  readonly #ends = new Map<string, number>();

  /** From here on a partition is read, whatever was before. */
  beginAt(partition: TopicPartitionOffset): void {
    this.#ends.set(partitionKey(partition), partition.offset);
  }

  /** Those of the records, in their order, that have not been handed out yet; from now on they have. Undefined: none. */
  take(batch: RecordBatch): RecordBatch | undefined {
    const { offset } = batch.columns;
    const key = partitionKey(batch);
    let end = this.#ends.get(key) ?? 0;
    /** Made only when one came again, which is seldom. */
    let fresh: number[] | undefined;
    for (let i = 0; i < batch.length; i++) {
      const at = offset[i] as number;
      if (at < end) fresh ??= Array.from({ length: i }, (_, before) => before);
      else {
        end = at + 1;
        fresh?.push(i);
      }
    }
    this.#ends.set(key, end);
    if (fresh === undefined) return batch;
    return fresh.length === 0 ? undefined : picked(batch, fresh);
  }
}

function picked(
  { topic, partition, endPosition, bytes, columns }: RecordBatch,
  indices: readonly number[],
): RecordBatch {
  const kept = recordColumns(indices.length);
  for (const name of Object.keys(kept) as (keyof RecordColumns)[])
    indices.forEach((from, to) => (kept[name][to] = columns[name][from] as number));
  return { topic, partition, length: indices.length, endPosition, bytes, columns: kept };
}

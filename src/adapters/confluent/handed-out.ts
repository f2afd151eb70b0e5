// How far each partition has been handed out, so that no record is handed out twice. While the group is shared anew the client
// halts all partitions and goes on from what it believes to have handed out; a record that is being handed out at that very
// moment is not in that, and comes again. Pure.

import { partitionKey, type TopicPartition, type TopicPartitionOffset } from '../../core/ids.js';

export class HandedOut {
  /** The offset behind the last record, by partition. */
  readonly #ends = new Map<string, number>();

  /** From here on a partition is read, whatever was before. */
  beginAt(partition: TopicPartitionOffset): void {
    this.#ends.set(partitionKey(partition), partition.offset);
  }

  /** Those of a partition's records, in their order, that have not been handed out yet; from now on they have. */
  take<Message extends { readonly offset: number }>(
    partition: TopicPartition,
    messages: readonly Message[],
  ): readonly Message[] {
    const key = partitionKey(partition);
    let end = this.#ends.get(key) ?? 0;
    const fresh = messages.filter(({ offset }) => {
      if (offset < end) return false;
      end = offset + 1;
      return true;
    });
    this.#ends.set(key, end);
    return fresh;
  }
}

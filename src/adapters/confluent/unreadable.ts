// Batches of a partition that the client gets and cannot unpack: broken, packed by a codec that it lacks, or larger unpacked than it
// takes. It says so at each fetch, asks for the same again, and nothing behind it is ever read: a processor ends by that instead.

import { partitionKey, type TopicPartitionOffset } from '../../core/ids.js';
import { ProcessorError } from '../../errors/processor-error.js';
import type { KafkaError } from '../../ports/kafka.js';

/** What the client said instead of records, and about which place where it said so. */
export interface TakeFailure {
  readonly error: KafkaError;
  readonly place?: TopicPartitionOffset;
}

export class UnreadableBatches {
  /** Where the client stood when it said so last. */
  #suspects: ReadonlyMap<string, TopicPartitionOffset> = new Map();

  /**
   * The error that ends the processor, once the client has said it twice of the same place.
   * @param unread partitions with records ahead, and where they are read: the slow lane does not say which one is meant
   */
  hear({ error, place }: TakeFailure, unread: () => readonly TopicPartitionOffset[]): ProcessorError | undefined {
    if (!unreadable.has(error.code)) return undefined;
    const places = place ? [place] : unread();
    const again = places.filter((one) => this.#suspects.get(partitionKey(one))?.offset === one.offset);
    this.#suspects = new Map(places.map((one) => [partitionKey(one), one]));
    const [first, ...others] = again;
    if (first === undefined) return undefined;
    const { topic, partition, offset } = first;
    const orElse = others.map((one) => `, or at offset ${one.offset} of ${partitionKey(one)}`).join('');
    return new ProcessorError(
      'PRC_BATCH_UNREADABLE',
      { topic, partition, offset, problem: `${error.message}${orElse}` },
      { cause: error },
    );
  }
}

const unreadable: ReadonlySet<string> = new Set([
  '_BAD_COMPRESSION',
  '_BAD_MSG',
  '_NOT_IMPLEMENTED',
  'MSG_SIZE_TOO_LARGE',
]);

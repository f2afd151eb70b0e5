// How a consumer takes records from the client. The slow way is the binding's own: an object for each record, everywhere.

import type { TopicPartition } from '../../core/ids.js';
import type { KafkaError } from '../../ports/kafka.js';
import type { RecordBatch } from '../../ports/record-batch.js';
import { byPartition, toRecordBatch } from './columns.js';
import { call } from './kafka-error.js';
import type { RawConsumer, RawMessage } from './raw-client.js';
import type { TakeFailure } from './unreadable.js';

export interface Intake {
  /** What is there, at most `recordsMax`; waits up to `timeoutMs` for the first one. One call at a time. */
  take(recordsMax: number, timeoutMs: number): Promise<Taken>;
  /** From now on nothing is taken, and nothing of it stands in the way of a disconnect. */
  close(): void;
}

export interface Taken {
  /** One per partition, none of them empty. */
  readonly batches: readonly RecordBatch[];
  /** What the client said instead of records. */
  readonly failures: readonly TakeFailure[];
}

export class SlowIntake implements Intake {
  readonly #raw: RawConsumer;
  readonly #isRead: (partition: TopicPartition) => boolean;

  /** `isRead`: the client is asked for positions of these only. */
  constructor(raw: RawConsumer, isRead: (partition: TopicPartition) => boolean) {
    this.#raw = raw;
    this.#isRead = isRead;
  }

  async take(recordsMax: number, timeoutMs: number): Promise<Taken> {
    const failures: TakeFailure[] = [];
    // What is there is taken without waiting; only where nothing is, one call waits for the first record. The client's own
    // timeout counts for each record anew, so a trickle would hold a batch back.
    let messages = await this.#consume(recordsMax, 0, failures);
    if (messages.length === 0) {
      messages = await this.#consume(1, timeoutMs, failures);
      if (messages.length > 0 && recordsMax > 1)
        messages = [...messages, ...(await this.#consume(recordsMax - 1, 0, failures))];
    }
    return { batches: byPartition(messages).map((group) => toRecordBatch(group, this.#endPosition(group))), failures };
  }

  close(): void {}

  #consume(count: number, timeoutMs: number, failures: TakeFailure[]): Promise<readonly RawMessage[]> {
    this.#raw.setDefaultConsumeTimeout(timeoutMs);
    return call<readonly RawMessage[]>('consume', (callback) => this.#raw.consume(count, callback)).catch(
      (error: KafkaError) => {
        failures.push({ error });
        return [];
      },
    );
  }

  /** Read after a consume call has returned and before the next one starts: only then it belongs to these records (E12). */
  #endPosition(group: readonly RawMessage[]): number {
    const { topic, partition, offset } = group.at(-1) as RawMessage;
    const after = offset + 1;
    if (!this.#isRead({ topic, partition })) return after;
    const position = this.#raw.position([{ topic, partition }])[0]?.offset;
    return position !== undefined && position > after ? position : after;
  }
}

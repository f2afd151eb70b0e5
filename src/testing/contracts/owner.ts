// Whoever owns a transactional id, and writes under it.

import type { GroupOffset, TopicPartition, TransactionalId } from '../../core/ids.js';
import type { Consumer, Guard, Kafka, Producer } from '../../ports/kafka.js';
import { outputs, type SentText } from './texts.js';
import { callMs } from './waits.js';

/** One producer of a transactional id. */
export class Owner {
  readonly producer: Producer;

  private constructor(producer: Producer) {
    this.producer = producer;
  }

  /** Connected and initialised. */
  static async open(kafka: Kafka, id: string): Promise<Owner> {
    const owner = await Owner.connect(kafka, id);
    await owner.producer.init(callMs);
    return owner;
  }

  static async connect(kafka: Kafka, id: string): Promise<Owner> {
    const transactionalId = id as TransactionalId;
    return new Owner(await kafka.openProducer({ kind: 'transactional', transactionalId, clientId: id }));
  }

  /** Opens a transaction with these records in it. */
  async begin(topic: string, records: readonly (SentText | string)[]): Promise<void> {
    await this.producer.begin();
    await this.producer.send(outputs(topic, records));
  }

  commit(guard: Guard = always): Promise<void> {
    return this.producer.commit(callMs, guard);
  }

  abort(): Promise<void> {
    return this.producer.abort(callMs);
  }

  sendOffsets(
    consumer: Consumer,
    offsets: readonly (TopicPartition & GroupOffset)[],
    guard: Guard = always,
  ): Promise<void> {
    return this.producer.sendOffsets(offsets, consumer, callMs, guard);
  }

  /** A whole transaction. */
  async write(topic: string, records: readonly (SentText | string)[]): Promise<void> {
    await this.begin(topic, records);
    await this.commit();
  }
}

const always: Guard = () => {};

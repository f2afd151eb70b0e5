// The model as the engine sees it: the port of Kafka, for one process of the model. The engine cannot tell that it is none.

import type { TopicPartition } from '../core/ids.js';
import {
  type Consumer,
  type ConsumerOptions,
  type Kafka,
  KafkaError,
  type OffsetRange,
  type Producer,
  type ProducerOptions,
  type TopicDescription,
} from '../ports/kafka.js';
import { type MemberTimes, MemoryConsumer } from './consumer.js';
import { type ClientSetup, MemoryProducer } from './producer.js';
import { Refusal } from './refusal.js';

export class MemoryKafka implements Kafka {
  readonly #setup: ClientSetup;
  readonly #times: MemberTimes;

  constructor(setup: ClientSetup, times: MemberTimes = defaultTimes) {
    this.#setup = setup;
    this.#times = times;
  }

  openConsumer(options: ConsumerOptions): Promise<Consumer> {
    return Promise.resolve(new MemoryConsumer(options, this.#setup, this.#times));
  }

  openProducer(options: ProducerOptions): Promise<Producer> {
    return Promise.resolve(new MemoryProducer(options, this.#setup));
  }

  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const { network, process, cluster } = this.#setup;
    return network.ask(process, 'Metadata', () => cluster.describeTopics(topics));
  }

  offsetRanges(partitions: readonly TopicPartition[]): Promise<readonly OffsetRange[]> {
    return this.#list(() => partitions.map((partition) => this.#setup.cluster.offsetRange(partition)));
  }

  highWatermarks(partitions: readonly TopicPartition[]): Promise<readonly number[]> {
    return this.#list(() => partitions.map((partition) => this.#setup.cluster.log(partition).high));
  }

  verifiesTransactions(): boolean {
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #list<T>(serve: () => T): Promise<T> {
    const { network, process } = this.#setup;
    try {
      return await network.ask(process, 'ListOffsets', serve);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new KafkaError(error.code, `list offsets: ${error.code}`, { retriable: true });
    }
  }
}

/** Those that the real client is given. */
export const defaultTimes: MemberTimes = { sessionMs: 10_000, heartbeatMs: 500, pollMsMax: 300_000 };

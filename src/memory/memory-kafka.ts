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
import { MemoryConsumer } from './consumer.js';
import type { MemberSettings } from './member.js';
import { type Api, ConnectionLost } from './network.js';
import { type ClientSetup, MemoryProducer } from './producer.js';
import { Refusal } from './refusal.js';

export class MemoryKafka implements Kafka {
  readonly #setup: ClientSetup;
  readonly #settings: MemberSettings;

  constructor(setup: ClientSetup, settings: Partial<MemberSettings> = {}) {
    this.#setup = setup;
    this.#settings = { ...defaultTimes, ...settings };
  }

  openConsumer(options: ConsumerOptions): Promise<Consumer> {
    return Promise.resolve(new MemoryConsumer(options, this.#setup, this.#settings));
  }

  openProducer(options: ProducerOptions): Promise<Producer> {
    return Promise.resolve(new MemoryProducer(options, this.#setup));
  }

  describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    return this.#ask('Metadata', () => this.#setup.cluster.describeTopics(topics));
  }

  offsetRanges(partitions: readonly TopicPartition[]): Promise<readonly OffsetRange[]> {
    return this.#ask('ListOffsets', () => partitions.map((partition) => this.#setup.cluster.offsetRange(partition)));
  }

  highWatermarks(partitions: readonly TopicPartition[]): Promise<readonly number[]> {
    return this.#ask('ListOffsets', () => partitions.map((partition) => this.#setup.cluster.log(partition).high));
  }

  verifiesTransactions(): boolean {
    return true;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Asks again where the connection is lost, a few times, as the client does. */
  async #ask<T>(api: Api, serve: () => T): Promise<T> {
    const { kernel, network, process } = this.#setup;
    for (let attempt = 1; ; attempt++) {
      try {
        return await network.ask(process, api, serve);
      } catch (error) {
        if (error instanceof Refusal) throw new KafkaError(error.code, `${api}: ${error.code}`, { retriable: true });
        if (!(error instanceof ConnectionLost)) throw error;
        if (attempt === attemptsMax) throw new KafkaError('_TRANSPORT', error.message);
        await kernel.wait(againMs, process);
      }
    }
  }
}

const attemptsMax = 10;
const againMs = 100;

/** Those that the real client is given. */
export const defaultTimes = { sessionMs: 10_000, heartbeatMs: 500, pollMsMax: 300_000, metadataMs: 60_000 } as const;

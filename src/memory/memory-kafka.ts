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
import { inTime } from './in-time.js';
import type { MemberSettings } from './member.js';
import { type Api, ConnectionLost, type Network } from './network.js';
import type { Place } from './places.js';
import { type ClientSetup, MemoryProducer } from './producer.js';
import { Refusal } from './refusal.js';
import { Route } from './route.js';

export interface KafkaSetup extends Omit<ClientSetup, 'network'> {
  readonly network: Network;
}

export class MemoryKafka implements Kafka {
  readonly #setup: KafkaSetup;
  readonly #anywhere: Route;
  readonly #settings: MemberSettings;
  #isClosed = false;

  constructor(setup: KafkaSetup, settings: Partial<MemberSettings> = {}) {
    this.#setup = setup;
    this.#settings = { ...defaultTimes, ...settings };
    this.#anywhere = this.#route({ kind: 'anywhere' });
  }

  openConsumer(options: ConsumerOptions): Promise<Consumer> {
    const network = this.#route({ kind: 'group', groupId: options.groupId });
    return Promise.resolve(new MemoryConsumer(options, { ...this.#setup, network }, this.#settings));
  }

  openProducer(options: ProducerOptions): Promise<Producer> {
    const network = this.#route(
      options.kind === 'transactional'
        ? { kind: 'transactions', transactionalId: options.transactionalId }
        : { kind: 'anywhere' },
    );
    return Promise.resolve(new MemoryProducer(options, { ...this.#setup, network }));
  }

  describeTopics(
    topics: readonly string[],
    withinMs: number = topicsWithinMs,
  ): Promise<ReadonlyMap<string, TopicDescription>> {
    return this.#ask('Metadata', this.#anywhere, withinMs, () => this.#setup.cluster.describeTopics(topics));
  }

  offsetRanges(
    partitions: readonly TopicPartition[],
    withinMs: number = offsetsWithinMs,
  ): Promise<readonly OffsetRange[]> {
    return this.#askLeaders(partitions, withinMs, (partition) => this.#setup.cluster.offsetRange(partition));
  }

  highWatermarks(partitions: readonly TopicPartition[]): Promise<readonly number[]> {
    return this.#askLeaders(partitions, offsetsWithinMs, (partition) => this.#setup.cluster.log(partition).high);
  }

  verifiesTransactions(): boolean {
    return true;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#anywhere.close();
    return Promise.resolve();
  }

  /** One request to each node that leads some of them. */
  async #askLeaders<T>(
    partitions: readonly TopicPartition[],
    withinMs: number,
    read: (partition: TopicPartition) => T,
  ): Promise<T[]> {
    const { cluster } = this.#setup;
    const [first] = partitions;
    if (first === undefined) return [];
    if (cluster.nodes.length === 1)
      return this.#ask('ListOffsets', this.#anywhere, withinMs, () => partitions.map((partition) => read(partition)));
    return Promise.all(
      partitions.map((partition) => {
        const leader = this.#route({ kind: 'leader', partition });
        return this.#ask('ListOffsets', leader, withinMs, () => read(partition)).finally(() => leader.close());
      }),
    );
  }

  #route(place: Place): Route {
    const { network, cluster, process } = this.#setup;
    return new Route(network, cluster, process, place);
  }

  /** In short attempts, as long as there is time for another one. */
  async #ask<T>(api: Api, route: Route, withinMs: number, serve: () => T): Promise<T> {
    const { kernel, process } = this.#setup;
    const untilMs = kernel.nowMs + withinMs;
    const attemptMs = Math.min(attemptMsMax, withinMs);
    for (;;) {
      if (this.#isClosed) throw new KafkaError('_DESTROY', `${api}: the client is closed`, { fatal: true });
      try {
        return await inTime(attemptMs, route.ask(api, serve), { kernel, process, call: api });
      } catch (error) {
        if (error instanceof Refusal) throw new KafkaError(error.code, `${api}: ${error.code}`, { retriable: true });
        const failure = error instanceof ConnectionLost ? lost(api, error) : error;
        if (!(failure instanceof KafkaError) || kernel.nowMs >= untilMs) throw failure;
        // Somebody else is asked next, where anybody will do.
        if (failure.code === '_TIMED_OUT') route.close();
        else await kernel.wait(againMs, process);
      }
    }
  }
}

function lost(api: Api, { message }: ConnectionLost): KafkaError {
  return new KafkaError('_TRANSPORT', `${api}: ${message}`, { retriable: true });
}

const againMs = 100;
/** As the adapter has it, of one attempt. */
const attemptMsMax = 1000;
/** As the adapter does: topics are looked for as long as a connection is, offsets for a shorter time. */
const topicsWithinMs = 15_000;
const offsetsWithinMs = 3000;

/** Those that the real client is given. */
export const defaultTimes = { sessionMs: 10_000, heartbeatMs: 500, pollMsMax: 300_000, metadataMs: 60_000 } as const;

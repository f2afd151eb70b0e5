// The transactional loop of kafkajs, and the same on the KafkaJS-style API of the client that we use: their interfaces differ in
// a few words only. A transaction for each batch that `eachBatch` is given, a producer for each partition, all at once.

import { createRequire } from 'node:module';
import { enrich, type Order } from '../workloads/enrichment.js';
import type { SideOptions } from './options.js';
import type { Tally } from './tally.js';

export type Flavour = 'kafkajs' | 'confluent';

export async function runKafkaJs(options: SideOptions, tally: Tally, flavour: Flavour): Promise<() => Promise<void>> {
  const { group, input, output, partitions } = options;
  if (options.workload !== 'json-enrich') throw new Error(`this side has no ${options.workload}`);
  const kafka = flavour === 'kafkajs' ? ownKafka(options) : confluentKafka(options);
  const producers = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => connected(kafka.producer(`${group}/${partition}`))),
  );
  const consumer = await connected(kafka.consumer(group));
  await consumer.subscribe({ topics: [input], ...(flavour === 'kafkajs' ? { fromBeginning: true } : {}) });
  await consumer.run({
    ...(flavour === 'kafkajs' ? { autoCommit: false } : {}),
    partitionsConsumedConcurrently: partitions,
    async eachBatch({ batch: { partition, messages } }) {
      tally.begin();
      const transaction = await (producers[partition] as Producer).transaction();
      await transaction.send({ topic: output, messages: messages.map(enriched) });
      const offset = String(Number((messages.at(-1) as Message).offset) + 1);
      await transaction.sendOffsets({
        ...(flavour === 'kafkajs' ? { consumerGroupId: group } : { consumer }),
        topics: [{ topic: input, partitions: [{ partition, offset }] }],
      });
      await transaction.commit();
      tally.committed();
    },
  });
  return async () => {
    await consumer.disconnect();
    for (const producer of producers) await producer.disconnect();
  };
}

function enriched({ key, value, timestamp }: Message): Output {
  return { key, value: JSON.stringify(enrich(JSON.parse(value.toString()) as Order)), timestamp };
}

interface Kafka {
  producer(transactionalId: string): Producer;
  consumer(groupId: string): Consumer;
}

function ownKafka({ brokers, settings }: SideOptions): Kafka {
  const module = createRequire(import.meta.url)(settings['module'] as string) as {
    readonly Kafka: new (config: object) => { producer(config: object): Producer; consumer(config: object): Consumer };
    readonly logLevel: { readonly ERROR: number };
  };
  const kafka = new module.Kafka({ brokers: brokers.split(','), logLevel: module.logLevel.ERROR });
  return {
    producer: (transactionalId) => kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 }),
    consumer: (groupId) => kafka.consumer({ groupId }),
  };
}

function confluentKafka({ brokers, compression }: SideOptions): Kafka {
  const { KafkaJS } = createRequire(import.meta.url)('@confluentinc/kafka-javascript') as {
    readonly KafkaJS: {
      readonly Kafka: new (
        config: object,
      ) => { producer(config: object): Producer; consumer(config: object): Consumer };
      readonly logLevel: { readonly ERROR: number };
    };
  };
  const kafka = new KafkaJS.Kafka({ kafkaJS: { brokers: brokers.split(','), logLevel: KafkaJS.logLevel.ERROR } });
  return {
    producer: (transactionalId) =>
      kafka.producer({
        kafkaJS: { transactionalId, idempotent: true },
        'compression.type': compression,
        'linger.ms': 5,
        partitioner: 'murmur2_random',
      }),
    consumer: (groupId) =>
      kafka.consumer({
        kafkaJS: { groupId, autoCommit: false, fromBeginning: true },
        // As many as there are, in place of 32.
        'js.consumer.max.batch.size': -1,
      }),
  };
}

async function connected<C extends { connect(): Promise<void> }>(client: C): Promise<C> {
  await client.connect();
  return client;
}

interface Message {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly timestamp: string;
  readonly offset: string;
}

interface Output {
  readonly key: Buffer;
  readonly value: string;
  readonly timestamp: string;
}

interface Consumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(topics: { readonly topics: readonly string[]; readonly fromBeginning?: boolean }): Promise<void>;
  run(config: {
    readonly autoCommit?: boolean;
    readonly partitionsConsumedConcurrently: number;
    eachBatch(given: {
      readonly batch: { readonly partition: number; readonly messages: readonly Message[] };
    }): Promise<void>;
  }): Promise<void>;
}

interface Producer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  transaction(): Promise<Transaction>;
}

interface Transaction {
  send(record: { readonly topic: string; readonly messages: readonly Output[] }): Promise<unknown>;
  sendOffsets(offsets: object): Promise<void>;
  commit(): Promise<void>;
}

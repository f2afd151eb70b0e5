// What tests put between the engine and the real client: waits, refusals, answers at the wrong moment. Nothing is replaced;
// every call that gets through is the client's own. Knows nothing of the test runner: child processes of tests use it too.

import { randomUUID } from 'node:crypto';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { openTelemetry } from '../../src/adapters/opentelemetry/tracing.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import type { SchemaRegistry } from '../../src/core/codec.js';
import { limits as defaultLimits, type Limits } from '../../src/core/defaults.js';
import type { Topology } from '../../src/core/topology.js';
import type { FactListener } from '../../src/engine/facts.js';
import { runProcessor } from '../../src/engine/runner.js';
import { type App, start } from '../../src/engine/start.js';
import { type Consumer, type Kafka, KafkaError, type Producer } from '../../src/ports/kafka.js';

export interface RunOptions {
  readonly brokers: string;
  readonly namespace?: string;
  readonly instance?: string;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly limits?: Partial<Limits>;
  readonly registry?: SchemaRegistry;
  /** Puts something between the engine and the real client, such as a delay. */
  readonly between?: (kafka: Kafka) => void;
}

/** Starts a processor, with whatever `between` puts in its way. */
export async function begin(made: Topology, options: RunOptions, onFact: FactListener): Promise<App> {
  const { brokers, between, ...rest } = options;
  if (between === undefined) return start({ topology: made }, { ...rest, brokers, onFact });
  const limits = { ...defaultLimits, ...rest.limits };
  const kafka = await confluentKafka({
    brokers,
    transactionTimeoutMs: limits.transactionTimeoutMs,
    ...(rest.settings ? { settings: rest.settings } : {}),
  });
  between(kafka);
  const runner = await runProcessor({
    topology: made,
    kafka,
    clock: systemClock,
    limits,
    namespace: rest.namespace ?? '',
    instance: rest.instance ?? randomUUID(),
    ...(rest.registry ? { registry: rest.registry } : {}),
    registerSchemas: false,
    onFact,
    tracing: openTelemetry(),
  });
  const finished = runner.finished.finally(() => void kafka.close());
  return { finished, stop: () => runner.stop() };
}

/** Something that a handler waits for until the test opens it. */
export interface Gate {
  /** Resolves when somebody waits for the first time. */
  readonly reached: Promise<void>;
  /** How many have come. */
  readonly arrivals: number;
  pass(): Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open: () => void = () => {};
  let arrive: () => void = () => {};
  let arrivals = 0;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (arrive = resolve));
  return {
    reached,
    get arrivals() {
      return arrivals;
    },
    pass() {
      arrivals++;
      arrive();
      return opened;
    },
    open,
  };
}

/** The broker's answer to the first offsets of a transaction is one that demands an abort. */
export function refuseFirstOffsets(refused: () => void): (kafka: Kafka) => void {
  let isFirst = true;
  return producers((producer) => {
    const sendOffsets = producer.sendOffsets.bind(producer);
    producer.sendOffsets = async (...args) => {
      if (!isFirst) return sendOffsets(...args);
      isFirst = false;
      refused();
      throw new KafkaError('ILLEGAL_GENERATION', 'send offsets: the generation is not the current one', {
        abortable: true,
      });
    };
  });
}

/** Lets a test change the consumer that the engine opens. */
export function consumers(change: (consumer: Consumer) => void): (kafka: Kafka) => void {
  return (kafka) => {
    const open = kafka.openConsumer.bind(kafka);
    kafka.openConsumer = async (options) => {
      const consumer = await open(options);
      change(consumer);
      return consumer;
    };
  };
}

/** Lets a test change each producer that the engine opens. */
export function producers(change: (producer: Producer, id: string) => void): (kafka: Kafka) => void {
  return (kafka) => {
    const open = kafka.openProducer.bind(kafka);
    kafka.openProducer = async (options) => {
      const producer = await open(options);
      change(producer, options.kind === 'transactional' ? options.transactionalId : '');
      return producer;
    };
  };
}

/** Every commit waits at the gate, and is made when it is open. */
export function holdCommits(at: { pass(): Promise<void> }): (kafka: Kafka) => void {
  return producers((producer) => {
    const commit = producer.commit.bind(producer);
    producer.commit = async (...args) => {
      await at.pass();
      await commit(...args);
    };
  });
}

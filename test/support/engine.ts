// Processors as tests tell of them: a topology in a few words, started on a real broker, its facts collected, stopped when
// the test ends. Waits are for conditions, never for time.

import { onTestFinished } from 'vitest';
import { confluentKafka } from '../../src/adapters/confluent/kafka.js';
import { systemClock } from '../../src/adapters/system-clock.js';
import { limits as defaultLimits, type Limits } from '../../src/core/defaults.js';
import type { Topology } from '../../src/core/topology.js';
import type { Fact } from '../../src/engine/facts.js';
import { runProcessor } from '../../src/engine/runner.js';
import { type App, start } from '../../src/engine/start.js';
import { type Consumer, type Kafka, KafkaError, type Producer } from '../../src/ports/kafka.js';
import { type Story, topology } from './engine-story.js';
import { until } from './engine-wait.js';
import { testBrokers, uniqueName } from './kafka.js';

export interface Running {
  readonly name: string;
  readonly app: App;
  readonly facts: readonly Fact[];
  /** Facts of one kind. */
  of<Kind extends Fact['fact']>(kind: Kind): Extract<Fact, { readonly fact: Kind }>[];
  /** Waits for a condition on what has happened so far. */
  until(what: string, condition: () => boolean, timeoutMs?: number): Promise<void>;
  /** Waits until so many records are committed. */
  committed(records: number, timeoutMs?: number): Promise<void>;
  /** Waits until this instance owns and has opened so many partitions, no more and no less. */
  owns(partitions: number, timeoutMs?: number): Promise<void>;
  /** The error that ended the processor. */
  failure(): Promise<Error & { readonly code?: string; readonly details?: Readonly<Record<string, unknown>> }>;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly brokers?: string;
  readonly namespace?: string;
  readonly instance?: string;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly limits?: Partial<Limits>;
  /** Puts something between the engine and the real client, such as a delay. */
  readonly between?: (kafka: Kafka) => void;
}

/** Starts a processor that is stopped when the test ends. */
export async function running(story: Story | Topology, options: RunOptions = {}): Promise<Running> {
  const made = 'subtopologies' in story ? story : topology(story);
  const facts: Fact[] = [];
  const app = await begin(made, options, (fact) => facts.push(fact));
  onTestFinished(() => app.stop());
  const of = <Kind extends Fact['fact']>(kind: Kind): Extract<Fact, { readonly fact: Kind }>[] =>
    facts.filter((fact): fact is Extract<Fact, { readonly fact: Kind }> => fact.fact === kind);
  let ended: unknown;
  app.finished.catch((error: unknown) => (ended = error));
  const wait = (what: string, condition: () => boolean, timeoutMs?: number): Promise<void> =>
    until(
      () => `${what}; ${told(facts)}`,
      () => {
        if (condition()) return true;
        if (ended !== undefined) throw ended;
        return false;
      },
      timeoutMs,
    );
  const owned = (): number => {
    const keys = new Set<string>();
    for (const fact of facts) {
      if (fact.fact === 'task-opened') keys.add(`${fact.topic}/${fact.partition}`);
      if (fact.fact === 'task-closed') keys.delete(`${fact.topic}/${fact.partition}`);
    }
    return keys.size;
  };
  return {
    name: made.name,
    app,
    facts,
    of,
    until: wait,
    committed: (records, timeoutMs) =>
      wait(
        `${records} records are committed`,
        () => of('batch-committed').reduce((sum, fact) => sum + fact.records, 0) >= records,
        timeoutMs,
      ),
    owns: (partitions, timeoutMs) => wait(`it owns ${partitions} partitions`, () => owned() === partitions, timeoutMs),
    failure: () =>
      app.finished.then(
        () => Promise.reject(new Error('the processor has not failed')),
        (error: Error) => error,
      ),
    stop: () => app.stop(),
  };
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
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

async function begin(made: Topology, options: RunOptions, onFact: (fact: Fact) => void): Promise<App> {
  const { brokers = testBrokers(), between, ...rest } = options;
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
    instance: rest.instance ?? uniqueName('instance'),
    registerSchemas: false,
    onFact,
  });
  return { finished: runner.finished.finally(() => kafka.close()), stop: () => runner.stop() };
}

/** The last facts, for the message of a wait that failed. */
function told(facts: readonly Fact[]): string {
  const lines = facts
    .filter(({ fact }) => fact !== 'client-notice')
    .slice(-15)
    .map((fact) => JSON.stringify(fact, (_, value: unknown) => (value instanceof Error ? value.message : value)));
  return `the last facts were\n${lines.join('\n')}`;
}

// A client that does wrong what it is told to, around one that does not: a decorator of the port. It knows of no fault by name;
// what each does stands in call-faults.ts and member-faults.ts.

import type { GroupOffset, TopicPartition } from '../core/ids.js';
import type { Clock } from '../ports/clock.js';
import {
  type Consumer,
  type Guard,
  type Kafka,
  KafkaError,
  type Producer,
  type ProducerOptions,
} from '../ports/kafka.js';
import type { OutputBatch } from '../ports/output-batch.js';
import { type Call, type CallFault, callFaults, lateTaint } from './call-faults.js';
import type { ChooseFault } from './client-faults.js';
import { FaultyConsumer } from './faulty-consumer.js';

export interface FaultyClientOptions {
  /** The time of the process whose client it is. */
  readonly clock: Clock;
  /** Says which faults strike. */
  readonly choose: ChooseFault;
}

/** The same client, with the faults that `choose` asks for. */
export function faultyClient(kafka: Kafka, options: FaultyClientOptions): Kafka {
  const calls = new FaultyCalls(options);
  return {
    openConsumer: (of) => FaultyConsumer.open(kafka, of, calls),
    openProducer: (of) => calls.make('open-producer', () => openProducer(kafka, of, calls)),
    describeTopics: (topics, withinMs) => calls.make('describe-topics', () => kafka.describeTopics(topics, withinMs)),
    offsetRanges: (of, withinMs) => calls.make('offset-ranges', () => kafka.offsetRanges(of, withinMs)),
    highWatermarks: (of) => calls.make('high-watermarks', () => kafka.highWatermarks(of)),
    verifiesTransactions: () => kafka.verifiesTransactions(),
    close: () => kafka.close(),
  };
}

async function openProducer(kafka: Kafka, options: ProducerOptions, calls: FaultyCalls): Promise<Producer> {
  return new FaultyProducer(await kafka.openProducer(options), calls);
}

/** Makes calls, and lets faults strike them. */
export class FaultyCalls {
  readonly clock: Clock;
  readonly choose: ChooseFault;

  constructor({ clock, choose }: FaultyClientOptions) {
    this.clock = clock;
    this.choose = choose;
  }

  make<T>(
    call: Call,
    make: () => Promise<T>,
    { guard = nothing, next = nothing }: { guard?: Guard; next?: (hears: () => Promise<T>) => void } = {},
  ): Promise<T> {
    const struck = this.choose(call, faultsOf(call));
    if (struck === undefined) return make();
    return struck.of.strike({ ms: struck.ms, make, guard, next, wait: (ms) => this.wait(ms) });
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.timer(ms, resolve));
  }
}

class FaultyProducer implements Producer {
  readonly #inner: Producer;
  readonly #calls: FaultyCalls;
  #underWay: Promise<unknown> = Promise.resolve();
  /** What the call that failed by a fault hears if it is made again. */
  #next: { readonly call: Call; readonly hears: () => Promise<void> } | undefined;
  /** A fault has made a call fail. */
  #hasFailed = false;
  /** Whether anybody can see yet that it is tainted. */
  #taint: 'seen' | 'to be heard' = 'seen';

  constructor(inner: Producer, calls: FaultyCalls) {
    this.#inner = inner;
    this.#calls = calls;
  }

  get isTainted(): boolean {
    return this.#taint === 'seen' && this.#isReallyTainted;
  }

  get #isReallyTainted(): boolean {
    return this.#hasFailed || this.#inner.isTainted;
  }

  init(timeoutMs: number): Promise<void> {
    return this.#make('init', () => this.#inner.init(timeoutMs));
  }

  begin(): Promise<void> {
    return this.#make('begin', () => this.#inner.begin());
  }

  send(outputs: OutputBatch): Promise<void> {
    return this.#make('send', () => this.#inner.send(outputs));
  }

  sendOffsets(
    offsets: readonly (TopicPartition & GroupOffset)[],
    consumer: Consumer,
    timeoutMs: number,
    guard: Guard,
  ): Promise<void> {
    const member = consumer instanceof FaultyConsumer ? consumer.inner : consumer;
    return this.#make('send-offsets', () => this.#inner.sendOffsets(offsets, member, timeoutMs, guard), guard);
  }

  commit(timeoutMs: number, guard: Guard): Promise<void> {
    return this.#make('commit', () => this.#inner.commit(timeoutMs, guard), guard);
  }

  abort(timeoutMs: number): Promise<void> {
    return this.#make('abort', () => this.#inner.abort(timeoutMs));
  }

  deliver(outputs: OutputBatch, timeoutMs: number): Promise<void> {
    return this.#make('deliver', () => this.#inner.deliver(outputs, timeoutMs));
  }

  async close(): Promise<void> {
    // At once, so that what waits to be made is not made any more; it takes as long as the call that is under way.
    const closed = this.#inner.close();
    await this.#underWay.catch(() => {});
    await this.#calls.make('close-producer', () => closed);
  }

  #make(call: Call, make: () => Promise<void>, guard?: Guard): Promise<void> {
    const made = this.#watched(call, this.#hearsNext(call, guard) ?? make, guard);
    this.#underWay = made;
    return made;
  }

  #hearsNext(call: Call, guard: Guard | undefined): (() => Promise<void>) | undefined {
    const next = this.#next;
    this.#next = undefined;
    if (next?.call !== call) return undefined;
    return async () => {
      guard?.();
      await next.hears();
    };
  }

  async #watched(call: Call, make: () => Promise<void>, guard: Guard | undefined): Promise<void> {
    const wasTainted = this.#isReallyTainted;
    let isOver = settling.has(call);
    try {
      await this.#calls.make(call, make, { ...(guard && { guard }), next: (hears) => (this.#next = { call, hears }) });
    } catch (error) {
      isOver = true;
      // As the adapter has it: an init that is made again tears nothing, and what is wrong with the member is not the producer's.
      const isItsOwn = error instanceof KafkaError && error.code !== 'ILLEGAL_GENERATION';
      if (isItsOwn && call !== 'init') this.#hasFailed = true;
      throw error;
    } finally {
      if (!wasTainted && this.#isReallyTainted && this.#calls.choose('taint', taints)) this.#taint = 'to be heard';
      if (isOver) void this.#hearTaint();
    }
  }

  async #hearTaint(): Promise<void> {
    await this.#calls.clock.turn();
    await this.#calls.clock.turn();
    this.#taint = 'seen';
  }
}

const settling: ReadonlySet<Call> = new Set(['init', 'commit', 'abort', 'deliver']);
const taints = [lateTaint];

function faultsOf(call: Call): readonly CallFault[] {
  let faults = byCall.get(call);
  if (faults === undefined) byCall.set(call, (faults = callFaults.filter(({ calls }) => calls.includes(call))));
  return faults;
}

const byCall = new Map<Call, readonly CallFault[]>();

function nothing(): void {}

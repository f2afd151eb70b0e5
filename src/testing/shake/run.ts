// One run: the author's processor on the model of Kafka, over the same records as every other run, with at most one disruption.

import { setImmediate } from 'node:timers/promises';
import type { SchemaRegistry } from '../../core/codec.js';
import { limits } from '../../core/defaults.js';
import { partitionKey, type TopicPartition } from '../../core/ids.js';
import type { Topology } from '../../core/topology.js';
import type { Crash } from '../../engine/crash-point.js';
import type { Fact } from '../../engine/facts.js';
import type { Runner } from '../../engine/runner.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { type Instance, Rig } from '../rig.js';
import { unsettled } from '../settled.js';
import { Aborts } from './aborts.js';
import type { Held } from './asking.js';
import { type Call, Calls } from './calls.js';
import { circumstancesOf, realMs } from './circumstances.js';
import { type Committed, committedIn } from './committed.js';
import type { Disruption, Point } from './disruptions.js';
import type { HandlerContexts } from './handler-context.js';
import type { EncodedInput } from './inputs.js';

export interface RunSetup {
  readonly topology: Topology;
  readonly inputs: readonly EncodedInput[];
  /** How many each topic has. */
  readonly partitions: ReadonlyMap<string, number>;
  /** Whether what is emitted is input, too: then all has to be there from the beginning, for the same order each time. */
  readonly isFedBack: boolean;
  readonly registry: SchemaRegistry;
  /** When a run begins, in milliseconds since 1970. */
  readonly epochMs: number;
  /** What a process that takes over has set otherwise; undefined takes a variable away. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The environment as it was before the first run. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly handlerWaitMs: number;
  readonly contexts: HandlerContexts<Call>;
}

export interface RunOptions {
  /** Undefined: none, it is calm. */
  readonly disruption?: Disruption | undefined;
  /** Chooses what chance and time are in this run. */
  readonly number: number;
  readonly still: ReadonlySet<Held>;
}

export interface Outcome {
  readonly calls: Calls;
  readonly committed: readonly Committed[];
  /** Where it could have been disrupted, in this order. */
  readonly points: readonly Point[];
  /** Whether its disruption has taken place. */
  readonly isDisrupted: boolean;
  /** What it ended with before all was done. */
  readonly failure: Error | undefined;
  /** Whether that is a handler that has waited in vain. */
  readonly isHung: boolean;
}

export async function run(setup: RunSetup, options: RunOptions): Promise<Outcome> {
  return new Run(setup, options).toItsEnd();
}

class Run {
  readonly #setup: RunSetup;
  readonly #options: RunOptions;
  readonly #rig: Rig;
  readonly #calls: Calls;
  readonly #aborts = new Aborts();
  readonly #points: Point[] = [];
  readonly #times = new Map<string, number>();
  /** Up to where each partition is done, for at-most-once, by its task's own word. */
  readonly #reached = new Map<string, number>();
  readonly #instances: Instance[] = [];
  #runner: Runner | undefined;
  #unsent: number;
  #isDisrupted = false;
  #isHung = false;
  #failure: Error | undefined;

  constructor(setup: RunSetup, options: RunOptions) {
    this.#setup = setup;
    this.#options = options;
    this.#unsent = setup.inputs.length;
    this.#rig = new Rig({ seed: 1, turn: () => setImmediate(), epochMs: setup.epochMs });
    this.#calls = new Calls({
      topology: setup.topology,
      contexts: setup.contexts,
      circumstances: circumstancesOf(setup, options, {
        wallMs: () => this.#rig.kernel.wallMs,
        isLater: () => options.disruption?.kind === 'repeat' || this.#isDisrupted,
      }),
      continues: (call) => this.#reachedAwait(call),
    });
  }

  async toItsEnd(): Promise<Outcome> {
    const { kernel, cluster } = this.#rig;
    for (const [topic, count] of this.#setup.partitions) cluster.createTopic(topic, count);
    for (const { atMs, inputs } of this.#groups()) kernel.schedule(atMs, () => this.#send(inputs));
    this.#start('a');
    try {
      await this.#settled();
    } finally {
      for (const { process } of this.#instances) kernel.kill(process);
      this.#setup.contexts.forget();
    }
    return {
      calls: this.#calls,
      committed: committedIn(cluster, this.#setup, this.#calls.emissions),
      points: this.#points,
      isDisrupted: this.#isDisrupted,
      failure: this.#failure,
      isHung: this.#isHung,
    };
  }

  async #settled(): Promise<void> {
    const { kernel } = this.#rig;
    let waitingSinceMs: number | undefined;
    while (this.#failure === undefined && !this.#isDone()) {
      if (this.#calls.isWaiting) {
        waitingSinceMs ??= realMs();
        if (realMs() - waitingSinceMs > this.#setup.handlerWaitMs) {
          this.#isHung = true;
          this.#failure = this.#pending();
          return;
        }
        await kernel.turn();
        continue;
      }
      waitingSinceMs = undefined;
      if (kernel.nowMs > settleMsMax || !(await kernel.step())) {
        this.#failure = this.#unsettled();
        return;
      }
    }
  }

  #isDone(): boolean {
    if (this.#unsent > 0 || this.#left().length > 0) return false;
    const { cluster } = this.#rig;
    if (cluster.transactions.open.length > 0) return false;
    for (const [topic, count] of this.#setup.partitions)
      for (let partition = 0; partition < count; partition++)
        if (cluster.log({ topic, partition }).isOpen) return false;
    return true;
  }

  #left(): readonly TopicPartition[] {
    return unsettled(this.#rig.cluster, '', this.#setup.topology, (partition) =>
      this.#reached.get(partitionKey(partition)),
    );
  }

  /** Half of them together, and two smaller groups: batches of several sizes, and some that come while others are being settled. */
  #groups(): readonly { readonly atMs: number; readonly inputs: readonly EncodedInput[] }[] {
    const { inputs, isFedBack } = this.#setup;
    if (isFedBack) return [{ atMs: 0, inputs }];
    const half = Math.ceil(inputs.length / 2);
    const more = half + Math.ceil((inputs.length - half) / 2);
    return [
      { atMs: 0, inputs: inputs.slice(0, half) },
      { atMs: 1000, inputs: inputs.slice(half, more) },
      { atMs: 1500, inputs: inputs.slice(more) },
    ];
  }

  #send(inputs: readonly EncodedInput[]): void {
    this.#unsent -= inputs.length;
    for (const { partition, record } of inputs) this.#rig.cluster.produce(partition, [record]);
  }

  #start(name: 'a' | 'b'): void {
    const { registry } = this.#setup;
    const { still } = this.#options;
    const instance: Instance = this.#rig.start({
      name,
      topologies: [this.#calls.of(() => instance.process)],
      registry,
      kafka: (process) => this.#aborts.in(this.#rig.kafka(process)),
      limits: still.has('batching') ? { ...limits, batchRecordsMax: 1 } : limits,
      onFact: (fact) => this.#heard(fact),
      ...(name === 'a' ? { crash: this.#reachedMoment } : {}),
    });
    this.#instances.push(instance);
    for (const runner of instance.runners)
      runner.then(
        (member) => (this.#runner ??= member),
        (error: Error) => (this.#failure ??= error),
      );
  }

  #heard(fact: Fact): void {
    if (fact.fact === 'processor-failed') this.#failure ??= fact.error;
    if (fact.fact === 'task-opened') this.#reached.set(partitionKey(fact), fact.position);
    if (fact.fact === 'batch-committed') this.#reached.set(partitionKey(fact), fact.end);
    // What at-most-once has claimed is done also where nothing has come of it.
    if (fact.fact === 'records-dropped') this.#reached.delete(partitionKey(fact));
  }

  readonly #reachedMoment: Crash = (moment, effect) => {
    const { disruption } = this.#options;
    const nth = this.#nth(`${moment} ${effect}`);
    this.#points.push({ at: 'engine', moment, effect, nth });
    const point = disruption?.point;
    if (point?.at === 'engine' && point.moment === moment && point.effect === effect && point.nth === nth)
      this.#disrupt('between effects');
  };

  #reachedAwait({ topic, partition, offset, attempt, instance, continuations: nth }: Call): void {
    // It goes on after its run, or after its process.
    if (instance !== 'a' || this.#instances[0]?.process.state === 'dead') return;
    this.#points.push({ at: 'await', topic, partition, offset, attempt, nth });
    const point = this.#options.disruption?.point;
    const isHere =
      point?.at === 'await' &&
      point.topic === topic &&
      point.partition === partition &&
      point.offset === offset &&
      point.attempt === attempt &&
      point.nth === nth;
    if (isHere) this.#disrupt('in a handler');
  }

  #disrupt(where: 'between effects' | 'in a handler'): void {
    const { kernel } = this.#rig;
    const [first] = this.#instances;
    if (first === undefined || this.#isDisrupted) return;
    this.#isDisrupted = true;
    switch (this.#options.disruption?.kind) {
      case 'abort':
        this.#aborts.isDue = true;
        return;
      case 'crash':
        kernel.kill(first.process);
        this.#calls.forget(first.name);
        kernel.schedule(0, () => this.#start('b'));
        return;
      case 'rebalance': {
        const leave = (): void => void this.#runner?.stop();
        // The engine hears it as it hears everything: when it is not in the middle of a step.
        if (where === 'in a handler') leave();
        else kernel.schedule(0, leave);
        kernel.schedule(0, () => this.#start('b'));
        return;
      }
      case 'repeat':
      case undefined:
    }
  }

  #nth(what: string): number {
    const nth = (this.#times.get(what) ?? 0) + 1;
    this.#times.set(what, nth);
    return nth;
  }

  #pending(): ProcessorError {
    const { topology, handlerWaitMs } = this.#setup;
    return new ProcessorError('PRC_TEST_HANDLER_PENDING', { processor: topology.name, seconds: handlerWaitMs / 1000 });
  }

  #unsettled(): ProcessorError {
    const partitions = this.#left().map(partitionKey).join(', ') || 'none';
    return new ProcessorError('PRC_TEST_UNSETTLED', { seconds: settleMsMax / 1000, partitions });
  }
}

/** Longer than anything takes that gets on, retries of minutes included. */
const settleMsMax = 3_600_000;

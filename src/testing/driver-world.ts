// What a driver stands on: the model, its instances, topics and faults, and how its time passes. The calls of a test are in
// test-driver.ts; here is what they are made of.

import { partitionKey } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import { checkTopics } from '../dsl/check-topics.js';
import type { Fact } from '../engine/facts.js';
import { invalidOption } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import { defaultTimes } from '../memory/memory-kafka.js';
import { DriverInstances } from './driver-instances.js';
import type { CheckedOptions } from './driver-options.js';
import { DriverTime, quickTurn } from './driver-time.js';
import { DriverTopics } from './driver-topics.js';
import { FaultPlan } from './fault-plan.js';
import { MemoryRegistry } from './memory-registry.js';
import { Rig } from './rig.js';
import { unsettled } from './settled.js';
import { TestMetrics } from './test-metrics.js';
import { HandlersUnderWay } from './watched-topology.js';

export class DriverWorld {
  readonly facts: Fact[] = [];
  readonly rig: Rig;
  readonly faults: FaultPlan;
  readonly metrics = new TestMetrics();
  readonly instances: DriverInstances;
  readonly topics: DriverTopics;
  readonly time: DriverTime;
  readonly #topologies: readonly Topology[];
  readonly #namespace: string;
  readonly #handlers = new HandlersUnderWay();
  #isSettled = true;

  constructor({ topologies, namespace, partitions, epochMs, seed, handlerWaitMs }: CheckedOptions) {
    checkTopics(topologies);
    this.#topologies = topologies;
    this.#namespace = namespace;
    const registry = new MemoryRegistry();
    this.rig = new Rig({
      seed,
      turn: quickTurn,
      epochMs,
      // Records of a test may be of any time, wherever its own begins.
      cluster: () => ({ recordRules: { timestampAfterMsMax: Number.POSITIVE_INFINITY } }),
      network: () => ({ latencyMs: () => latencyMs, faultOf: (from, api) => this.faults.of(from, api) }),
    });
    const { kernel, cluster } = this.rig;
    this.faults = new FaultPlan(kernel.random, () => kernel.wallMs);
    this.instances = new DriverInstances({
      rig: this.rig,
      topologies,
      namespace,
      registry,
      handlers: this.#handlers,
      onFact: (instance, fact) => {
        this.facts.push(fact);
        this.metrics.hear(instance, fact, kernel.nowMs);
      },
      onGone: (instance) => this.metrics.forget(instance),
    });
    this.time = new DriverTime({
      kernel,
      handlerWaitMs,
      handling: () => this.#handlers.first((instance) => this.instances.isGoing(instance)),
      failure: () => this.instances.failure,
      left: () => this.#left(),
    });
    this.topics = new DriverTopics({
      cluster,
      registry,
      topologies,
      namespace,
      partitions,
      nowMs: () => kernel.wallMs,
      sent: () => (this.#isSettled = false),
      requireOpen: () => this.time.requireOpen(),
      requireSettled: (topic) => this.requireSettled(`the topic '${topic}'`),
    });
  }

  /** Until nothing is left to do but what waits for its time. */
  async settle(): Promise<void> {
    try {
      await this.time.until(() => this.#left().length === 0, { stuck: 'throw' });
    } finally {
      // Also where that fails: whoever has heard so may look at what there is.
      await this.topics.load();
      this.#isSettled = true;
    }
  }

  /** @throws PRC_TEST_NOT_SETTLED */
  requireSettled(what: string): void {
    if (!this.#isSettled) throw new ProcessorError('PRC_TEST_NOT_SETTLED', { what });
  }

  /** What was to go wrong and has not. */
  get unstruck(): readonly string[] {
    return [...this.instances.unstruck, ...this.faults.unstruck];
  }

  /** Resolves when they have their share. */
  async start(names: readonly string[]): Promise<void> {
    for (const name of names) this.instances.start(name);
    await this.time.until(() => names.every((name) => this.instances.hasStarted(name)), { stuck: 'pass' });
    await this.untilShared();
  }

  async stop(name: string): Promise<void> {
    await this.time.until(this.instances.stop(name), { stuck: 'pass' });
  }

  /** Without an instance that goes on there is nobody to open anything. */
  async untilShared(): Promise<void> {
    const { names } = this.instances;
    if (names.some((name) => this.instances.isGoing(name)))
      await this.time.until(() => this.instances.isShared(), { stuck: 'pass' });
  }

  /** Its group hears nothing of it for as long as it takes to give its partitions away, and it hears of that afterwards. */
  async lose(name: string): Promise<void> {
    this.instances.require(name);
    if (!this.instances.isGoing(name)) throw invalidOption('rebalance()', 'lost', name, pausedIsLost);
    const { kernel } = this.rig;
    const sinceFact = this.facts.length;
    const isOwner = this.instances.tasks.isOwner(name);
    const untilMs = kernel.nowMs + defaultTimes.sessionMs + defaultTimes.heartbeatMs;
    this.faults.cut(name);
    try {
      await this.time.until(() => kernel.nowMs >= untilMs, { stuck: 'pass' });
    } finally {
      this.faults.heal(name);
    }
    // Whoever has nothing has nothing to lose.
    const hasLost = (): boolean =>
      !isOwner || this.facts.slice(sinceFact).some((fact) => fact.fact === 'rebalanced' && fact.kind === 'lost');
    await this.time.until(() => hasLost() && this.instances.isShared(), { stuck: 'pass' });
  }

  /** Partitions with something left to do, other than to wait for a retry. */
  #left(): readonly string[] {
    const { tasks } = this.instances;
    const { nowMs } = this.rig.kernel;
    return this.#topologies.flatMap((topology) => {
      const { name } = topology;
      return unsettled(this.rig.cluster, this.#namespace, topology, (partition) => tasks.reached(name, partition))
        .filter((one) => one.next === undefined || one.next !== tasks.waitsAt(name, one, nowMs))
        .map((one) => `${name} ${partitionKey(one)}`);
    });
  }
}

const pausedIsLost =
  'This one is paused: its group takes it for dead by itself when its session is over. Let that pass by settle() or advance(), then resume it.';
/** Of one way between a process and a broker. */
const latencyMs = 1;

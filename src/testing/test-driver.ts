// Tests a processor without a broker: the real engine on the model of Kafka, in one process and in virtual time. Sent records
// go through real partitions, transactions and groups; nothing happens but in calls that are awaited.
//
//   const driver = await testDriver(enrichOrders);
//   driver.topic(orders).send('4', { cents: 300, quantity: 3 });
//   await driver.settle();
//   expect(driver.topic(enriched).records()).toMatchObject([{ key: '4', value: { unitCents: 100 } }]);

import { partitionKey } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import { checkTopics } from '../dsl/check-topics.js';
import { type Duration, durationMs } from '../dsl/duration.js';
import type { InputRecord } from '../dsl/handler.js';
import type { AnyProcessor } from '../dsl/processor.js';
import type { AnyTopic } from '../dsl/topic.js';
import type { Fact } from '../engine/facts.js';
import { requireOptions } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import { defaultTimes } from '../memory/memory-kafka.js';
import type { Api } from '../memory/network.js';
import type { LabelsOf, MetricName } from '../ports/metrics.js';
import { type AtPoint, DriverInstances } from './driver-instances.js';
import { type CheckedOptions, checkedOptions, type TestDriverOptions } from './driver-options.js';
import { DriverTime, quickTurn } from './driver-time.js';
import { type DeadLetterTopic, DriverTopics } from './driver-topics.js';
import { type Faulted, type FaultKind, FaultPlan, type FaultRates, type NextFault } from './fault-plan.js';
import { MemoryRegistry } from './memory-registry.js';
import { Rig } from './rig.js';
import { unsettled } from './settled.js';
import { TestMetrics } from './test-metrics.js';
import type { TestTopic } from './test-topic.js';
import { HandlersUnderWay } from './watched-topology.js';

/** Sets processors up and starts them; resolves when all their partitions are open. */
export async function testDriver(
  processors: AnyProcessor | readonly AnyProcessor[],
  options: TestDriverOptions = {},
): Promise<TestDriver> {
  const checked = checkedOptions(processors, options);
  const driver = new TestDriver(checked);
  await driver.open(checked);
  return driver;
}

export class TestDriver {
  /** Everything that has happened, in its order. */
  readonly facts: Fact[] = [];
  readonly #topologies: readonly Topology[];
  readonly #namespace: string;
  readonly #rig: Rig;
  readonly #faults: FaultPlan;
  readonly #handlers = new HandlersUnderWay();
  readonly #metrics = new TestMetrics();
  readonly #instances: DriverInstances;
  readonly #topics: DriverTopics;
  readonly #time: DriverTime;
  #isSettled = true;
  #guests = 0;

  /** @internal */
  constructor({ topologies, namespace, partitions, epochMs, seed, handlerWaitMs }: CheckedOptions) {
    checkTopics(topologies);
    this.#topologies = topologies;
    this.#namespace = namespace;
    const registry = new MemoryRegistry();
    this.#rig = new Rig({
      seed,
      turn: quickTurn,
      epochMs,
      network: () => ({ latencyMs: () => latencyMs, faultOf: (from, api) => this.#faults.of(from, api) }),
    });
    const { kernel, cluster } = this.#rig;
    this.#faults = new FaultPlan(kernel.random, () => kernel.wallMs);
    this.#instances = new DriverInstances({
      rig: this.#rig,
      topologies,
      namespace,
      registry,
      handlers: this.#handlers,
      onFact: (instance, fact) => {
        this.facts.push(fact);
        this.#metrics.hear(instance, fact, kernel.nowMs);
      },
      onGone: (instance) => this.#metrics.forget(instance),
    });
    this.#time = new DriverTime({
      kernel,
      handlerWaitMs,
      handling: () => this.#handlers.first((instance) => this.#instances.isGoing(instance)),
      failure: () => this.#instances.failure,
      left: () => this.#left(),
    });
    this.#topics = new DriverTopics({
      cluster,
      registry,
      topologies,
      namespace,
      partitions,
      nowMs: () => kernel.wallMs,
      sent: () => (this.#isSettled = false),
      requireOpen: () => this.#time.requireOpen(),
      requireSettled: (topic) => {
        if (!this.#isSettled) throw new ProcessorError('PRC_TEST_NOT_SETTLED', { topic });
      },
    });
  }

  // ── what goes in and comes out ──

  /** A topic that one of the processors reads or writes. @throws PRC_TEST_TOPIC_UNKNOWN, PRC_TOPIC_DEFINED_TWICE */
  topic<T extends AnyTopic>(topic: T): TestTopic<T> {
    return this.#topics.get(topic);
  }

  /** All dead letters, as bytes; their headers say what they are about (`record.headers.text('dlq.error.message')`). */
  deadLetters(): readonly InputRecord<DeadLetterTopic>[] {
    return this.#topics.deadLetters();
  }

  /** The facts of one kind. */
  factsOf<Kind extends Fact['fact']>(kind: Kind): readonly Extract<Fact, { readonly fact: Kind }>[] {
    return this.facts.filter((fact): fact is Extract<Fact, { readonly fact: Kind }> => fact.fact === kind);
  }

  /** A number that `processor run --http` would show, of all instances together: the sum of the series with these labels. */
  metric<Name extends MetricName>(name: Name, labels: Partial<LabelsOf<Name>> = {}): number {
    return this.#metrics.sum(name, labels);
  }

  /** @throws PRC_TEST_TRANSACTIONS_OPEN */
  assertNoOpenTransactions(): void {
    const { open } = this.#rig.cluster.transactions;
    if (open.length > 0) throw new ProcessorError('PRC_TEST_TRANSACTIONS_OPEN', { ids: open.join(', ') });
  }

  // ── time ──

  /** Virtual time, in milliseconds since 1970. */
  get nowMs(): number {
    return this.#rig.kernel.wallMs;
  }

  /**
   * Lets everything happen that there is to do: resolves when all that was sent is processed, and what came of it is committed.
   * Where a handler is tried again after more than 100 ms, that is left for `advance`.
   *
   * @throws what a processor has stopped with; PRC_TEST_HANDLER_PENDING, PRC_TEST_UNSETTLED, PRC_TEST_BUSY, PRC_TEST_CLOSED
   */
  settle(): Promise<void> {
    return this.#time.during('settle()', () => this.#settle());
  }

  /**
   * Lets so much virtual time pass, with all that falls due in it; then settles. A handler that waits for something real in vain
   * is cut off by its own time limit, if that falls in there.
   */
  async advance(duration: Duration): Promise<void> {
    const ms = durationMs(duration);
    return this.#time.during('advance()', async () => {
      const { kernel } = this.#rig;
      const untilMs = kernel.nowMs + ms;
      const isOver = (): boolean => (kernel.nextMs ?? Number.POSITIVE_INFINITY) > untilMs;
      await this.#time.until(isOver, { deadlineMs: untilMs, stuck: 'pass' });
      kernel.passTo(untilMs);
      await this.#settle();
    });
  }

  // ── instances ──

  /** The names of those that run. */
  get instances(): readonly string[] {
    return this.#instances.names;
  }

  /** Starts one more instance, or one again that is gone; resolves when it has its share of the partitions. */
  start(name: string): Promise<void> {
    return this.#time.during('start()', () => this.#start([name]));
  }

  /** Ends an instance as SIGTERM would: it finishes what it is in the middle of, and gives its partitions back. */
  stop(name: string): Promise<void> {
    return this.#time.during('stop()', () => this.#stop(name));
  }

  /**
   * Ends an instance in the middle of what it does, as SIGKILL would: now, or at one of the engine's moments. Others take over
   * when its session is over.
   */
  crash(name: string, when?: AtPoint): void {
    this.#time.requireOpen();
    this.#instances.crash(name, when);
  }

  /** Stops an instance in its tracks, as SIGSTOP would: now, or at one of the engine's moments. */
  pause(name: string, when?: AtPoint): void {
    this.#time.requireOpen();
    this.#instances.pause(name, when);
  }

  /** Lets a paused instance go on: it does not know yet what has happened meanwhile. */
  resume(name: string): void {
    this.#time.requireOpen();
    this.#instances.resume(name);
  }

  /**
   * Has the groups share their partitions anew: a member joins, works with the others, and leaves. With `lost`, the groups take
   * that instance for dead; it hears of it when they have given its partitions away.
   */
  rebalance(options: { readonly lost?: string } = {}): Promise<void> {
    requireOptions('rebalance()', options, ['lost']);
    const { lost } = options;
    return this.#time.during('rebalance()', async () => {
      if (lost !== undefined) return this.#lose(lost);
      const guest = `guest-${++this.#guests}`;
      await this.#start([guest]);
      await this.#stop(guest);
      await this.#untilShared();
    });
  }

  // ── faults ──

  /** Has the next such request fail: it does not arrive (`lost`), has no answer (`unanswered`), comes late, twice or slowly. */
  failNext(request: Api, kind: FaultKind, options: NextFault = {}): void {
    if (options.of !== undefined) this.#instances.require(options.of);
    this.#faults.failNext(request, kind, options);
  }

  /** From now on requests fail by chance: `{ lost: 0.05 }` is one of twenty. `{}` ends it. */
  faults(rates: FaultRates): void {
    if (rates?.of !== undefined) this.#instances.require(rates.of);
    this.#faults.setRates(rates);
  }

  /** The faults that have happened so far. */
  get faulted(): readonly Faulted[] {
    return this.#faults.happened;
  }

  // ── the end ──

  /**
   * Stops all instances, and ends a call that is under way. Nothing is left behind that would keep a process alive, so a test
   * may also just end.
   */
  close(): Promise<void> {
    return this.#time.close(async () => {
      const ended = this.#instances.names.map((name) => this.#instances.stop(name));
      await this.#time.rush(() => ended.filter((isEnded) => !isEnded()).length === 0);
    });
  }

  /** @internal */
  open({ instances, topics }: CheckedOptions): Promise<void> {
    return this.#time.during('testDriver()', async () => {
      await this.#topics.open(topics);
      await this.#start(instances);
    });
  }

  async #settle(): Promise<void> {
    await this.#time.until(() => this.#left().length === 0, { stuck: 'throw' });
    await this.#topics.load();
    this.#isSettled = true;
  }

  async #start(names: readonly string[]): Promise<void> {
    for (const name of names) this.#instances.start(name);
    await this.#time.until(() => names.every((name) => this.#instances.hasStarted(name)), { stuck: 'pass' });
    await this.#untilShared();
  }

  async #stop(name: string): Promise<void> {
    await this.#time.until(this.#instances.stop(name), { stuck: 'pass' });
  }

  /** Without an instance that goes on there is nobody to open anything. */
  async #untilShared(): Promise<void> {
    const { names } = this.#instances;
    if (names.some((name) => this.#instances.isGoing(name)))
      await this.#time.until(() => this.#instances.isShared(), { stuck: 'pass' });
  }

  async #lose(name: string): Promise<void> {
    this.#instances.require(name);
    const { kernel } = this.#rig;
    const sinceFact = this.facts.length;
    const untilMs = kernel.nowMs + defaultTimes.sessionMs + defaultTimes.heartbeatMs;
    this.#faults.cut(name);
    try {
      await this.#time.until(() => kernel.nowMs >= untilMs, { stuck: 'pass' });
    } finally {
      this.#faults.heal(name);
    }
    const hasLost = (): boolean =>
      this.facts.slice(sinceFact).some((fact) => fact.fact === 'rebalanced' && fact.kind === 'lost');
    await this.#time.until(() => hasLost() && this.#instances.isShared(), { stuck: 'pass' });
  }

  /** Partitions with something left to do, other than to wait for a retry. */
  #left(): readonly string[] {
    const { tasks } = this.#instances;
    const { nowMs } = this.#rig.kernel;
    return this.#topologies.flatMap((topology) => {
      const { name } = topology;
      return unsettled(this.#rig.cluster, this.#namespace, topology, (partition) => tasks.reached(name, partition))
        .filter((one) => one.next === undefined || one.next !== tasks.waitsAt(name, one, nowMs))
        .map((one) => `${name} ${partitionKey(one)}`);
    });
  }
}

/** Of one way between a process and a broker. */
const latencyMs = 1;

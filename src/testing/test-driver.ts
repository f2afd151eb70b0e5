// Tests a processor without a broker: the real engine on the model of Kafka, in one process and in virtual time. Sent records
// go through real partitions, transactions and groups; nothing happens but in calls that are awaited.
//
//   const driver = await testDriver(enrichOrders);
//   driver.topic(orders).send('4', { cents: 300, quantity: 3 });
//   await driver.settle();
//   expect(driver.topic(enriched).records()).toMatchObject([{ key: '4', value: { unitCents: 100 } }]);

import { type Duration, durationMs } from '../dsl/duration.js';
import type { InputRecord } from '../dsl/handler.js';
import type { AnyProcessor } from '../dsl/processor.js';
import type { AnyTopic } from '../dsl/topic.js';
import type { Fact } from '../engine/facts.js';
import { didYouMean } from '../errors/did-you-mean.js';
import { invalidOption, requireOptions } from '../errors/options.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { Api } from '../memory/network.js';
import { type LabelsOf, type MetricName, metricList } from '../ports/metrics.js';
import type { AtPoint } from './driver-instances.js';
import { checkedOptions, type TestDriverOptions } from './driver-options.js';
import type { DeadLetterTopic } from './driver-topics.js';
import { DriverWorld } from './driver-world.js';
import { factNames } from './fact-names.js';
import type { Faulted, FaultKind, FaultRates, NextFault } from './fault-plan.js';
import type { TestTopic } from './test-topic.js';

/** Sets processors up and starts them; resolves when all their partitions are open. */
export async function testDriver(
  processors: AnyProcessor | readonly AnyProcessor[],
  options: TestDriverOptions = {},
): Promise<TestDriver> {
  const checked = checkedOptions(processors, options);
  const world = new DriverWorld(checked);
  await world.time.during('testDriver()', async () => {
    await world.topics.open(checked.topics);
    await world.start(checked.instances);
  });
  return new TestDriver(world);
}

export class TestDriver {
  /** Everything that has happened, in its order. */
  readonly facts: Fact[];
  readonly #world: DriverWorld;
  #guests = 0;

  /** @internal */
  constructor(world: DriverWorld) {
    this.#world = world;
    this.facts = world.facts;
  }

  // ── what goes in and comes out ──

  /** A topic that one of the processors reads or writes. @throws PRC_TEST_TOPIC_UNKNOWN, PRC_TOPIC_DEFINED_TWICE */
  topic<T extends AnyTopic>(topic: T): TestTopic<T> {
    return this.#world.topics.get(topic);
  }

  /** All dead letters, as bytes; their headers say what they are about (`record.headers.text('dlq.error.message')`). */
  deadLetters(): readonly InputRecord<DeadLetterTopic>[] {
    return this.#world.topics.deadLetters();
  }

  /** The facts of one kind. @throws PRC_OPTION_INVALID */
  factsOf<Kind extends Fact['fact']>(kind: Kind): readonly Extract<Fact, { readonly fact: Kind }>[] {
    requireKnown('factsOf()', 'kind', kind, factNames);
    return this.facts.filter((fact): fact is Extract<Fact, { readonly fact: Kind }> => fact.fact === kind);
  }

  /**
   * A number that `processor run --http` would show, of all instances together: the sum of the series with these labels.
   *
   * @throws PRC_OPTION_INVALID, PRC_OPTION_UNKNOWN; PRC_TEST_NOT_SETTLED where something was sent since the last `settle()`
   */
  metric<Name extends MetricName>(name: Name, labels: Partial<LabelsOf<Name>> = {}): number {
    requireKnown('metric()', 'name', name, Object.keys(metricList));
    requireOptions(`metric('${name}')`, labels, metricList[name].labels);
    this.#world.requireSettled(`the metric '${name}'`);
    return this.#world.metrics.sum(name, labels);
  }

  /** @throws PRC_TEST_TRANSACTIONS_OPEN */
  assertNoOpenTransactions(): void {
    const { open } = this.#world.rig.cluster.transactions;
    if (open.length > 0) throw new ProcessorError('PRC_TEST_TRANSACTIONS_OPEN', { ids: open.join(', ') });
  }

  // ── time ──

  /** Virtual time, in milliseconds since 1970. */
  get nowMs(): number {
    return this.#world.rig.kernel.wallMs;
  }

  /**
   * Lets everything happen that there is to do: resolves when all that was sent is processed, and what came of it is committed.
   * Where a handler is tried again after more than 100 ms, that is left for `advance`.
   *
   * @throws what a processor has stopped with; PRC_TEST_HANDLER_PENDING, PRC_TEST_UNSETTLED, PRC_TEST_BUSY, PRC_TEST_CLOSED
   */
  settle(): Promise<void> {
    return this.#world.time.during('settle()', () => this.#world.settle());
  }

  /**
   * Lets so much virtual time pass, with all that falls due in it; then settles. A handler that waits for something real in vain
   * is cut off by its own time limit, if that falls in there.
   */
  async advance(duration: Duration): Promise<void> {
    const ms = durationMs(duration);
    return this.#world.time.during('advance()', async () => {
      const { kernel } = this.#world.rig;
      const untilMs = kernel.nowMs + ms;
      const isOver = (): boolean => (kernel.nextMs ?? Number.POSITIVE_INFINITY) > untilMs;
      await this.#world.time.until(isOver, { deadlineMs: untilMs, stuck: 'pass' });
      kernel.passTo(untilMs);
      await this.#world.settle();
    });
  }

  // ── instances ──

  /** The names of those that run. */
  get instances(): readonly string[] {
    return this.#world.instances.names;
  }

  /** Starts one more instance, or one again that is gone; resolves when it has its share of the partitions. */
  start(name: string): Promise<void> {
    return this.#world.time.during('start()', () => this.#world.start([name]));
  }

  /** Ends an instance as SIGTERM would: it finishes what it is in the middle of, and gives its partitions back. */
  stop(name: string): Promise<void> {
    return this.#world.time.during('stop()', () => this.#world.stop(name));
  }

  /**
   * Ends an instance in the middle of what it does, as SIGKILL would: now, or at one of the engine's moments. Others take over
   * when its session is over. A crash now stands for one that was to come: it is not missed in `unstruck`.
   */
  crash(name: string, when?: AtPoint): void {
    this.#world.time.requireOpen();
    this.#world.instances.crash(name, when);
  }

  /** Stops an instance in its tracks, as SIGSTOP would: now, or at one of the engine's moments. */
  pause(name: string, when?: AtPoint): void {
    this.#world.time.requireOpen();
    this.#world.instances.pause(name, when);
  }

  /** Lets a paused instance go on: it does not know yet what has happened meanwhile. */
  resume(name: string): void {
    this.#world.time.requireOpen();
    this.#world.instances.resume(name);
  }

  /**
   * Has the groups share their partitions anew: a member joins, works with the others, and leaves. With `lost`, the groups take
   * that instance for dead; it hears of it when they have given its partitions away.
   */
  rebalance(options: { readonly lost?: string } = {}): Promise<void> {
    requireOptions('rebalance()', options, ['lost']);
    const { lost } = options;
    return this.#world.time.during('rebalance()', async () => {
      if (lost !== undefined) return this.#world.lose(lost);
      const guest = `guest-${++this.#guests}`;
      await this.#world.start([guest]);
      await this.#world.stop(guest);
      await this.#world.untilShared();
    });
  }

  // ── faults ──

  /** Has the next such request fail: it does not arrive (`lost`), has no answer (`unanswered`), comes late, twice or slowly. */
  failNext(request: Api, kind: FaultKind, options: NextFault = {}): void {
    if (options.of !== undefined) this.#world.instances.require(options.of);
    this.#world.faults.failNext(request, kind, options);
  }

  /** From now on requests fail by chance: `{ lost: 0.05 }` is one of twenty. `{}` ends it. */
  faults(rates: FaultRates): void {
    if (rates?.of !== undefined) this.#world.instances.require(rates.of);
    this.#world.faults.setRates(rates);
  }

  /** The faults that have happened so far. */
  get faulted(): readonly Faulted[] {
    return this.#world.faults.happened;
  }

  /**
   * What this test has called for that has not struck, in words: a moment that has not come as often, a request that nobody has
   * made. `expect(driver.unstruck).toEqual([])` where a test may just end; `close()` asks by itself.
   */
  get unstruck(): readonly string[] {
    return this.#world.unstruck;
  }

  // ── the end ──

  /**
   * Stops all instances, and ends a call that is under way. Nothing is left behind that would keep a process alive, so a test
   * may also just end.
   *
   * @throws PRC_TEST_UNSTRUCK where something that was to go wrong has not
   */
  close(): Promise<void> {
    return this.#world.time.close(async () => {
      const { unstruck } = this;
      const ended = this.#world.instances.names.map((name) => this.#world.instances.stop(name));
      await this.#world.time.rush(() => ended.filter((isEnded) => !isEnded()).length === 0);
      if (unstruck.length > 0) throw new ProcessorError('PRC_TEST_UNSTRUCK', { calls: unstruck.join('; ') });
    });
  }
}

function requireKnown(owner: string, option: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'string' || !known.includes(given))
    throw invalidOption(owner, option, given, `${didYouMean(String(given), known)}It is one of ${known.join(', ')}.`);
}

// Tests a processor without a broker: the real engine on the model of Kafka, in one process and in virtual time. Sent records
// go through real partitions, transactions and groups; nothing happens but in `settle` and `advance`.
//
//   const driver = await testDriver(enrichOrders);
//   driver.topic(orders).send('4', { cents: 300, quantity: 3 });
//   await driver.settle();
//   expect(driver.topic(enriched).records()).toMatchObject([{ key: '4', value: { unitCents: 100 } }]);

import { setImmediate } from 'node:timers/promises';
import type { Codec } from '../core/codec.js';
import { limits } from '../core/defaults.js';
import { groupId, partitionKey } from '../core/ids.js';
import { deadLetterTopics, type Topology, type TopologyTopic } from '../core/topology.js';
import { checkTopics } from '../dsl/check-topics.js';
import { type Duration, durationMs } from '../dsl/duration.js';
import type { InputRecord } from '../dsl/handler.js';
import type { AnyProcessor } from '../dsl/processor.js';
import type { AnyTopic, Topic } from '../dsl/topic.js';
import type { Fact } from '../engine/facts.js';
import type { OpenedCodec } from '../engine/input-record.js';
import { type Runner, runProcessor } from '../engine/runner.js';
import { ProcessorError } from '../errors/processor-error.js';
import { Cluster } from '../memory/cluster.js';
import { Kernel, Process } from '../memory/kernel.js';
import { MemoryKafka } from '../memory/memory-kafka.js';
import { Network } from '../memory/network.js';
import { HeardTasks } from './heard-tasks.js';
import { MemoryRegistry } from './memory-registry.js';
import { unsettled } from './settled.js';
import { asTheyAre, MemoryTopic, type TestTopic } from './test-topic.js';
import { HandlersUnderWay } from './watched-topology.js';

export interface TestDriverOptions {
  /** How many partitions topics get whose definition names none. Default 4. */
  readonly partitions?: number;
  /** Names of the instances that run from the beginning. Default: one, `a`. */
  readonly instances?: readonly string[];
  readonly namespace?: string;
  /** Where virtual time begins, as `Date` reads it. Default: the beginning of 2026, UTC. */
  readonly now?: string | number | Date;
  /** How long a handler may wait for something real, such as a file. Default 5 s. */
  readonly handlerWait?: Duration;
}

/** Sets processors up and starts them; resolves when all their partitions are open. */
export async function testDriver(
  processors: AnyProcessor | readonly AnyProcessor[],
  options: TestDriverOptions = {},
): Promise<TestDriver> {
  const driver = new TestDriver(Array.isArray(processors) ? processors : [processors as AnyProcessor], options);
  await driver.open(options.instances ?? ['a']);
  return driver;
}

type DeadLetterTopic = Topic<string, Codec<Uint8Array | null>, Codec<Uint8Array | null>>;

interface Instance {
  readonly process: Process;
  readonly runners: Runner[];
}

export class TestDriver {
  /** Everything that has happened, in its order. */
  readonly facts: Fact[] = [];
  readonly #topologies: readonly Topology[];
  readonly #namespace: string;
  readonly #partitions: number;
  readonly #handlerWaitMs: number;
  readonly #kernel: Kernel;
  readonly #cluster: Cluster;
  readonly #network: Network;
  readonly #registry = new MemoryRegistry();
  readonly #handlers = new HandlersUnderWay();
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #instances = new Map<string, Instance>();
  readonly #tasks = new HeardTasks();
  #failure: Error | undefined;
  #isSettled = true;

  constructor(processors: readonly AnyProcessor[], options: TestDriverOptions) {
    const topologies = processors.map(({ topology }) => topology);
    checkTopics(topologies);
    this.#topologies = topologies.map((topology) => this.#handlers.watch(topology));
    this.#namespace = options.namespace ?? '';
    this.#partitions = options.partitions ?? 4;
    this.#handlerWaitMs = durationMs(options.handlerWait ?? '5s');
    const epochMs = new Date(options.now ?? '2026-01-01T00:00:00Z').getTime();
    this.#kernel = new Kernel({ seed: 1, turn: () => setImmediate(), epochMs });
    this.#cluster = new Cluster(this.#kernel, { markerMs: () => latencyMs });
    this.#network = new Network(this.#kernel, { latencyMs: () => latencyMs });
  }

  /** A topic that one of the processors reads or writes. @throws PRC_TEST_TOPIC_UNKNOWN */
  topic<T extends AnyTopic>(topic: T): TestTopic<T> {
    const known = this.#topics.get(topic.name);
    if (known === undefined)
      throw new ProcessorError('PRC_TEST_TOPIC_UNKNOWN', {
        topic: topic.name,
        known: [...this.#topics.keys()].join(', '),
      });
    return known as unknown as TestTopic<T>;
  }

  /** All dead letters, as bytes; their headers say what they are about (`record.headers.text('dlq.error.message')`). */
  deadLetters(): readonly InputRecord<DeadLetterTopic>[] {
    const names = new Set(this.#topologies.flatMap((topology) => deadLetterTopics(this.#namespace, topology)));
    return [...names].flatMap((name) => (this.#topics.get(name)?.records() ?? []) as InputRecord<DeadLetterTopic>[]);
  }

  /** Virtual time, in milliseconds since 1970. */
  get nowMs(): number {
    return this.#kernel.wallMs;
  }

  /**
   * Lets everything happen that there is to do: resolves when all that was sent is processed, and what came of it is committed.
   * Where a handler is tried again after more than 100 ms, that is left for `advance`.
   *
   * @throws what a processor has stopped with; PRC_TEST_HANDLER_PENDING, PRC_TEST_UNSETTLED
   */
  async settle(): Promise<void> {
    const deadlineMs = this.#kernel.nowMs + settleMsMax;
    await this.#until(() => this.#unsettled().length === 0, deadlineMs);
    for (const topic of this.#topics.values()) await topic.load();
    this.#isSettled = true;
  }

  /** Lets so much virtual time pass, with all that falls due in it; then settles. */
  async advance(duration: Duration): Promise<void> {
    const untilMs = this.#kernel.nowMs + durationMs(duration);
    await this.#until(() => (this.#kernel.nextMs ?? Number.POSITIVE_INFINITY) > untilMs, untilMs);
    this.#kernel.passTo(untilMs);
    await this.settle();
  }

  /** Ends an instance in the middle of what it does, as SIGKILL would. Others take over when its session is over. */
  crash(name: string): void {
    const instance = this.#instance(name);
    this.#kernel.kill(instance.process);
    this.#instances.delete(name);
    this.#tasks.forget(name);
  }

  /** Starts one more instance, or one again that has crashed; resolves when all partitions are open. */
  async start(name: string): Promise<void> {
    await this.#start(name);
    await this.#until(() => this.#isOpen());
  }

  /** @throws PRC_TEST_TRANSACTIONS_OPEN */
  assertNoOpenTransactions(): void {
    const { open } = this.#cluster.transactions;
    if (open.length > 0) throw new ProcessorError('PRC_TEST_TRANSACTIONS_OPEN', { ids: open.join(', ') });
  }

  /** Stops all instances. Nothing is left behind that would keep a process alive, so a test may also just end. */
  async close(): Promise<void> {
    const stopping = [...this.#instances.values()].flatMap(({ runners }) => runners.map((runner) => runner.stop()));
    const stopped = { isDone: false };
    void Promise.all(stopping).then(() => (stopped.isDone = true));
    while (!stopped.isDone && (await this.#kernel.step()));
    this.#instances.clear();
  }

  /** @internal */
  async open(instances: readonly string[]): Promise<void> {
    for (const topology of this.#topologies) await this.#openTopics(topology);
    for (const name of instances) await this.#start(name);
    await this.#until(() => this.#isOpen());
  }

  async #start(name: string): Promise<void> {
    if (this.#instances.has(name)) throw new ProcessorError('PRC_TEST_INSTANCE_KNOWN', { name });
    const process = new Process(name);
    const runners: Runner[] = [];
    this.#instances.set(name, { process, runners });
    const kafka = new MemoryKafka({
      kernel: this.#kernel,
      network: this.#network,
      cluster: this.#cluster,
      process,
      transactionTimeoutMs: limits.transactionTimeoutMs,
    });
    for (const topology of this.#topologies) {
      let outcome: { readonly runner: Runner } | { readonly error: unknown } | undefined;
      runProcessor({
        topology,
        kafka,
        clock: this.#kernel.clockOf(process),
        limits,
        namespace: this.#namespace,
        instance: name,
        registry: this.#registry,
        registerSchemas: true,
        onFact: (fact) => this.#heard(name, fact),
      }).then(
        (runner) => (outcome = { runner }),
        (error: unknown) => (outcome = { error }),
      );
      await this.#until(() => outcome !== undefined);
      if (outcome === undefined || 'error' in outcome) throw outcome?.error;
      runners.push(outcome.runner);
    }
  }

  #heard(instance: string, fact: Fact): void {
    this.facts.push(fact);
    if (fact.fact === 'processor-failed') this.#failure ??= fact.error;
    this.#tasks.hear(instance, fact, {
      nowMs: this.#kernel.nowMs,
      waitMsMax: limits.waitInBatchMsMax,
      committed: (processor, partition) =>
        this.#cluster.group(groupId(this.#namespace, processor)).committed(partition)?.offset ?? 0,
    });
  }

  /** Runs the model until that holds. */
  async #until(holds: () => boolean, deadlineMs: number = this.#kernel.nowMs + settleMsMax): Promise<void> {
    // One turn first: what was called just now begins.
    await this.#kernel.turn();
    let handlerSinceMs: number | undefined;
    while (!holds()) {
      if (this.#failure) throw this.#failure;
      const handling = this.#handlers.first;
      if (handling !== undefined) {
        handlerSinceMs ??= performance.now();
        if (performance.now() - handlerSinceMs > this.#handlerWaitMs)
          throw new ProcessorError('PRC_TEST_HANDLER_PENDING', {
            processor: handling,
            seconds: this.#handlerWaitMs / 1000,
          });
        await this.#kernel.turn();
        continue;
      }
      handlerSinceMs = undefined;
      if (this.#kernel.nowMs > deadlineMs || !(await this.#kernel.step()))
        throw new ProcessorError('PRC_TEST_UNSETTLED', {
          seconds: settleMsMax / 1000,
          partitions: this.#unsettled().join(', ') || 'none',
        });
    }
    if (this.#failure) throw this.#failure;
  }

  /** Partitions with something left to do, other than to wait for a retry. */
  #unsettled(): readonly string[] {
    const { nowMs } = this.#kernel;
    return this.#topologies.flatMap((topology) => {
      const { name } = topology;
      return unsettled(this.#cluster, this.#namespace, topology, (partition) => this.#tasks.reached(name, partition))
        .filter((one) => one.next === undefined || one.next !== this.#tasks.waitsAt(name, one, nowMs))
        .map((one) => `${name} ${partitionKey(one)}`);
    });
  }

  #isOpen(): boolean {
    return this.#topologies.every(({ name, subtopologies }) =>
      subtopologies.every(({ source: { topic } }) => {
        for (let partition = 0; partition < this.#cluster.partitionsOf(topic.name); partition++)
          if (!this.#tasks.isOpen(name, { topic: topic.name, partition })) return false;
        return true;
      }),
    );
  }

  async #openTopics(topology: Topology): Promise<void> {
    const sources = topology.subtopologies.map(({ source }) => source.topic);
    for (const topic of sources) await this.#openTopic(topic);
    for (const { topic } of topology.sinks) await this.#openTopic(topic);
    const inputs = sources.map(({ name }) => this.#cluster.partitionsOf(name));
    for (const name of deadLetterTopics(this.#namespace, topology)) {
      if (this.#topics.has(name)) continue;
      this.#cluster.createTopic(name, Math.max(...inputs));
      this.#addTopic(name, asTheyAre, asTheyAre);
    }
  }

  async #openTopic(topic: TopologyTopic): Promise<void> {
    const { name } = topic;
    if (this.#topics.has(name)) return;
    if (this.#cluster.partitionsOf(name) === 0) this.#cluster.createTopic(name, topic.partitions ?? this.#partitions);
    const opened = async (part: 'key' | 'value'): Promise<OpenedCodec> => {
      const codec = topic[part];
      const scope = { topic: name, part, use: 'write', registry: this.#registry, registerSchemas: true } as const;
      return { serde: await codec.open(scope), nullable: codec.nullable };
    };
    this.#addTopic(name, await opened('key'), await opened('value'));
  }

  #addTopic(name: string, key: OpenedCodec, value: OpenedCodec): void {
    this.#topics.set(
      name,
      new MemoryTopic({
        name,
        cluster: this.#cluster,
        key,
        value,
        nowMs: () => this.#kernel.wallMs,
        sent: () => (this.#isSettled = false),
        requireSettled: () => {
          if (!this.#isSettled) throw new ProcessorError('PRC_TEST_NOT_SETTLED', { topic: name });
        },
      }),
    );
  }

  #instance(name: string): Instance {
    const instance = this.#instances.get(name);
    if (instance === undefined)
      throw new ProcessorError('PRC_TEST_INSTANCE_UNKNOWN', {
        name,
        known: [...this.#instances.keys()].join(', ') || 'none',
      });
    return instance;
  }
}

/** Of one way between a process and a broker, and of a marker's. */
const latencyMs = 1;
/** Far more than anything takes that gets on: a session that has to end takes 10 s. */
const settleMsMax = 120_000;

// Runs one processor: opens its codecs and its membership in the group, opens and closes tasks as partitions come and go,
// and ends as a whole when one of them cannot go on (E18). All async of a processor lives below here.

import type { CodecScope, SchemaRegistry } from '../core/codec.js';
import type { Limits } from '../core/defaults.js';
import { groupId, partitionKey, type TopicPartition, transactionalId } from '../core/ids.js';
import { topologyHash } from '../core/offset-origin.js';
import type { TaskStateKind } from '../core/task/state.js';
import {
  deadLetterTopics,
  type Source,
  type Subtopology,
  type Topology,
  type TopologyTopic,
} from '../core/topology.js';
import { isProcessorError, ProcessorError } from '../errors/processor-error.js';
import type { Clock } from '../ports/clock.js';
import { type Consumer, type Kafka, KafkaError, type TopicDescription } from '../ports/kafka.js';
import type { Tracing } from '../ports/tracing.js';
import { within } from '../ports/within.js';
import { accessDenied } from './access-denied.js';
import { type Crash, crashAt } from './crash-point.js';
import type { Fact, FactListener } from './facts.js';
import { asError, messageOf } from './failures.js';
import type { HandlerSetup } from './handle-batch.js';
import type { OpenedCodec } from './input-record.js';
import { LagWatch } from './lag-watch.js';
import { Outputs, type OutputTopic } from './outputs.js';
import { Performer } from './perform.js';
import { Reader } from './reader.js';
import { Standstill } from './standstill.js';
import { Task } from './task.js';
import { TopicWatch } from './topic-watch.js';

export interface RunnerOptions {
  readonly topology: Topology;
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Before the group's name, the ids and the dead letters' topic; '' for none. */
  readonly namespace: string;
  /** Tells this process from the others of the same processor. */
  readonly instance: string;
  readonly registry?: SchemaRegistry;
  readonly registerSchemas: boolean;
  readonly onFact: FactListener;
  /** Default: nobody traces. */
  readonly tracing?: Tracing;
  /** Is told of every moment of every effect. Default: what the environment asks for (crash-point.ts). */
  readonly crash?: Crash;
}

export interface Runner {
  /** Resolves when the processor has stopped, rejects with the one error that ended it. */
  readonly finished: Promise<void>;
  /** Finishes or aborts what is under way, leaves the group. A second call hurries: it aborts. */
  stop(): Promise<void>;
}

/** Resolves when the processor is a member of its group; rejects, with nothing left behind, if it cannot start. */
export async function runProcessor(options: RunnerOptions): Promise<Runner> {
  const runner = new ProcessorRunner(options);
  await runner.start();
  return runner;
}

class ProcessorRunner implements Runner {
  readonly finished: Promise<void>;
  readonly #options: RunnerOptions;
  readonly #group: ReturnType<typeof groupId>;
  readonly #crash: Crash | undefined;
  readonly #tasks = new Map<string, { readonly task: Task; readonly performer: Performer }>();
  /** How many times each partition was assigned, gone ones included. */
  readonly #ownershipEpochs = new Map<string, number>();
  readonly #closing = new Set<Promise<void>>();
  #handlers: ReadonlyMap<string, { readonly subtopology: Subtopology; readonly setup: HandlerSetup }> = new Map();
  #sinks: readonly OutputTopic[] = [];
  #topics: ReadonlyMap<string, TopicDescription> = new Map();
  /** How many partitions keys are spread over (E17). */
  readonly #partitionCounts = new Map<string, number>();
  #watch: TopicWatch | undefined;
  #lagWatch: LagWatch | undefined;
  #consumer: Consumer | undefined;
  #reader: Reader | undefined;
  #reading: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  #error: Error | undefined;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#group = groupId(options.namespace, options.topology.name);
    this.#crash = options.crash ?? crashAt(process.env, options.clock);
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever started the processor may not have asked yet how it ended.
    this.finished.catch(() => {});
  }

  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      throw isProcessorError(error) ? error : this.#unexpected(asError(error));
    }
  }

  async #start(): Promise<void> {
    const { topology, kafka, clock, limits } = this.#options;
    if (topology.guarantee === 'exactly-once' && !kafka.verifiesTransactions())
      throw new ProcessorError('PRC_BROKER_TOO_OLD', { processor: topology.name });
    await this.#lookUpTopics();
    await this.#openCodecs();
    const topics = topology.subtopologies.map(({ source }) => source.topic.name);
    const consumer = await kafka.openConsumer({
      groupId: this.#group,
      topics,
      clientId: this.#clientId,
      onRebalance: (event) => {
        this.#emit({ fact: 'rebalanced', processor: topology.name, kind: event.kind, partitions: event.partitions });
        reader.rebalanced(event);
      },
      onNotice: ({ level, message }) => this.#emit({ fact: 'client-notice', processor: topology.name, level, message }),
    });
    const standstill = new Standstill({
      processor: topology.name,
      kafka,
      clock,
      limits,
      readFrom: (task, position) => reader.readFrom(task, position),
      fail: ({ partition }, error) => this.#of([partition])[0]?.performer.fail(error),
      denied: (error) => this.#end(this.#unexpected(error)),
      emitFact: (fact) => this.#emit(fact),
    });
    const reader = new Reader({
      consumer,
      clock,
      limits,
      assigned: (partitions) => this.#assigned(partitions),
      revoked: (partitions) => this.#revoked(partitions),
      lost: (partitions) => this.#lost(partitions),
      isOpening: () => this.#isOpening(),
      paused: ({ about }, bytes) => this.#emit({ fact: 'partition-paused', ...about, bytes }),
      resumed: ({ about }) => this.#emit({ fact: 'partition-resumed', ...about }),
      standing: (stands) => void standstill.look(stands).catch((error: unknown) => this.#defect(error)),
    });
    this.#consumer = consumer;
    this.#reader = reader;
    this.#watch = new TopicWatch({
      processor: topology.name,
      kafka,
      clock,
      limits,
      topics: this.#topics,
      grown: (topic, partitions, before) => this.#grown(topic, partitions, before),
      end: (error) => this.#end(error),
    });
    this.#watch.start();
    this.#lagWatch = new LagWatch({
      processor: topology.name,
      kafka,
      clock,
      limits,
      tasks: () => [...this.#tasks.values()].map(({ task }) => task),
      readPosition: (task) => reader.positionOf(task),
      emitFact: (fact) => this.#emit(fact),
      defect: (error) => this.#defect(error),
    });
    this.#lagWatch.start();
    this.#emit({
      fact: 'processor-started',
      processor: topology.name,
      topics,
      guarantee: topology.guarantee,
      ...(kafka.lane && { lane: kafka.lane }),
    });
    this.#reading = reader.run().catch((error: unknown) => {
      if (isProcessorError(error)) this.#end(error);
      else if (error instanceof KafkaError) this.#end(this.#unexpected(error));
      else this.#defect(error);
    });
  }

  stop(): Promise<void> {
    if (this.#stopping) this.#hurry();
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  #hurry(): void {
    for (const { task } of this.#tasks.values()) task.dispatch({ kind: 'deadline' });
  }

  async #stop(): Promise<void> {
    const { limits, topology } = this.#options;
    for (const { task } of this.#tasks.values()) {
      task.finishTimeoutMs = limits.shutdownTimeoutMs;
      task.dispatch({ kind: 'revoked' });
    }
    // A task that was revoked before has the longer deadline of that; shutting down, it gets the shorter one, too.
    const cancel = this.#options.clock.timer(limits.shutdownTimeoutMs, () => this.#hurry());
    await Promise.all([...this.#tasks.values()].map(({ task }) => task.closed));
    cancel();
    this.#watch?.stop();
    this.#lagWatch?.stop();
    this.#reader?.stop();
    await this.#reading;
    // A call that never returns keeps its producer and the consumer that it uses; the process does not wait for it.
    const released: Promise<unknown> = Promise.all([...this.#closing, this.#consumer?.close()]);
    await within(this.#options.clock, limits.shutdownTimeoutMs, released, () =>
      this.#emit({ fact: 'client-notice', processor: topology.name, level: 'warn', message: stillOpen }),
    );
    this.#emit({ fact: 'processor-stopped', processor: topology.name });
    if (this.#error) this.#reject(this.#error);
    else this.#resolve();
  }

  /** E18: a processor that cannot go on ends as a whole. */
  #end(error: Error): void {
    if (this.#error) return;
    this.#error = error;
    this.#emit({ fact: 'processor-failed', processor: this.#options.topology.name, error });
    // Where it stops already, the others are not hurried by this one.
    this.#stopping ??= this.#stop();
  }

  #defect(error: unknown): void {
    const { name } = this.#options.topology;
    this.#end(new ProcessorError('PRC_ENGINE_DEFECT', { processor: name, reason: messageOf(error) }, { cause: error }));
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    if (this.#stopping) return;
    for (const partition of partitions) {
      const key = partitionKey(partition);
      // E2: whatever an old task of this partition still does, its epoch is closed; it is not waited for.
      this.#lost([partition]);
      const opened = this.#newTask(partition);
      this.#tasks.set(key, opened);
      opened.task.open();
    }
    const { limits, topology } = this.#options;
    const tasks = this.#tasks.size;
    if (tasks <= limits.tasksMax) return;
    const instances = Math.ceil(tasks / limits.tasksMax);
    this.#emit({ fact: 'tasks-crowded', processor: topology.name, tasks, instances });
  }

  async #revoked(partitions: readonly TopicPartition[]): Promise<void> {
    await Promise.all(
      this.#of(partitions).map(({ task }) => {
        task.dispatch({ kind: 'revoked' });
        return task.closed;
      }),
    );
    for (const partition of partitions) this.#tasks.delete(partitionKey(partition));
  }

  #lost(partitions: readonly TopicPartition[]): void {
    for (const { task } of this.#of(partitions)) {
      task.dispatch({ kind: 'lost' });
      // Nobody waits for it but the end of the process: its abort, if it is in one, spares the next owner's readers a wait.
      this.#noteClosing(task.closed);
    }
    for (const partition of partitions) this.#tasks.delete(partitionKey(partition));
  }

  #noteClosing(closed: Promise<void>): void {
    const noted = closed.finally(() => this.#closing.delete(noted));
    this.#closing.add(noted);
  }

  #of(partitions: readonly TopicPartition[]): { readonly task: Task; readonly performer: Performer }[] {
    return partitions.flatMap((partition) => this.#tasks.get(partitionKey(partition)) ?? []);
  }

  #isOpening(): boolean {
    for (const { task } of this.#tasks.values()) if (opening.has(task.state.kind)) return true;
    return false;
  }

  #newTask(partition: TopicPartition): { readonly task: Task; readonly performer: Performer } {
    const { topology, kafka, clock, limits } = this.#options;
    const handlers = this.#handlers.get(partition.topic);
    if (handlers === undefined || this.#consumer === undefined) throw new Error(`no handler for ${partition.topic}`);
    const id = transactionalId(this.#group, handlers.subtopology.name, partition.partition);
    const task = new Task({
      partition,
      about: {
        processor: topology.name,
        ...partition,
        ...(topology.guarantee === 'exactly-once' ? { transactionalId: id } : {}),
        ownershipEpoch: this.#nextEpoch(partition),
      },
      guarantee: topology.guarantee,
      limits,
      outputs: new Outputs({
        topics: this.#sinks,
        deadLetterTopics: deadLetterTopics(this.#options.namespace, topology),
        partitionCounts: this.#partitionCounts,
        callBytesMax: limits.callBytesMax,
      }),
      perform: (_, effects) => void performer.perform(effects),
      onDefect: (error) => this.#defect(error),
      clock,
    });
    const performer = new Performer(task, {
      kafka,
      consumer: this.#consumer,
      clock,
      limits,
      guarantee: topology.guarantee,
      start: this.#isAdded(partition) ? 'earliest' : topology.start,
      groupId: this.#group,
      clientId: this.#clientId,
      transactionalId: id,
      handlers: handlers.setup,
      tracing: this.#options.tracing,
      offsetOrigin: {
        topologyHash: topologyHash(handlers.subtopology),
        topicId: this.#topics.get(partition.topic)?.id,
      },
      readFrom: (of, position) => this.#reader?.readFrom(of, position),
      closing: (closed) => this.#noteClosing(closed),
      endProcessor: (error) => this.#end(isProcessorError(error) ? error : this.#unexpected(error)),
      emitFact: (fact) => this.#emit(fact),
      crash: this.#crash,
    });
    return { task, performer };
  }

  #nextEpoch(partition: TopicPartition): number {
    const key = partitionKey(partition);
    const epoch = (this.#ownershipEpochs.get(key) ?? 0) + 1;
    this.#ownershipEpochs.set(key, epoch);
    return epoch;
  }

  /** What was written to a partition before this member knew of it is as new as what comes after: no start passes over it. */
  #isAdded({ topic, partition }: TopicPartition): boolean {
    return partition >= (this.#topics.get(topic)?.partitions ?? 0);
  }

  async #lookUpTopics(): Promise<void> {
    const { topology, kafka, namespace } = this.#options;
    const names = [
      ...topology.subtopologies.map(({ source }) => source.topic.name),
      ...topology.sinks.map(({ topic }) => topic.name),
      ...deadLetterTopics(namespace, topology),
    ];
    this.#topics = await kafka.describeTopics([...new Set(names)]);
    for (const [name, { partitions }] of this.#topics) this.#partitionCounts.set(name, partitions);
    const missing = names.filter((name) => !this.#topics.has(name));
    if (missing.length > 0)
      throw new ProcessorError('PRC_TOPICS_MISSING', {
        processor: topology.name,
        topics: [...new Set(missing)].join(', '),
      });
  }

  /** E17: keys are spread over the new partitions, too; the group itself shares those of an input. */
  #grown(topic: string, partitions: number, before: number): void {
    const { name, sinks } = this.#options.topology;
    this.#partitionCounts.set(topic, partitions);
    if (!sinks.some((sink) => sink.topic.name === topic)) return;
    const message = `${topic} has ${partitions} partitions now, no longer ${before}: from here on keys may go to other ones than before`;
    this.#emit({ fact: 'client-notice', processor: name, level: 'warn', message });
  }

  async #openCodecs(): Promise<void> {
    const { topology, namespace, clock, limits } = this.#options;
    this.#sinks = await Promise.all(
      topology.sinks.map(async ({ topic }) => ({ name: topic.name, ...(await this.#open(topic, 'write')) })),
    );
    const entries = topology.subtopologies.map(async (subtopology) => {
      const { topic, handler }: Source = subtopology.source;
      const setup: HandlerSetup = {
        namespace,
        processor: topology.name,
        handler,
        onError: topology.onError,
        handlerTimeoutMs: topology.handlerTimeoutMs,
        waitInBatchMsMax: limits.waitInBatchMsMax,
        batchBytesMax: limits.batchBytesMax,
        batchAgeMsMax: limits.batchAgeMsMax,
        ...(await this.#open(topic, 'read')),
        sinkNames: topology.sinks.map(({ name }) => name),
        clock,
      };
      return [topic.name, { subtopology, setup }] as const;
    });
    this.#handlers = new Map(await Promise.all(entries));
  }

  async #open(
    topic: TopologyTopic,
    use: CodecScope['use'],
  ): Promise<{ readonly key: OpenedCodec; readonly value: OpenedCodec }> {
    const { registry, registerSchemas } = this.#options;
    const part = async (name: 'key' | 'value'): Promise<OpenedCodec> => {
      const codec = topic[name];
      const serde = await codec.open({
        topic: topic.name,
        part: name,
        use,
        registerSchemas,
        ...(registry ? { registry } : {}),
      });
      return { serde, nullable: codec.nullable };
    };
    return { key: await part('key'), value: await part('value') };
  }

  /** An error that none of our own stands for: a refusal of the broker, or a defect. */
  #unexpected(error: Error): Error {
    const { topology, namespace } = this.#options;
    const denied = accessDenied(error, { topology, namespace });
    if (denied) return denied;
    return new ProcessorError(
      'PRC_PROCESSOR_STOPPED',
      { processor: topology.name, reason: error.message },
      { cause: asError(error) },
    );
  }

  get #clientId(): string {
    return `${this.#group}/${this.#options.instance}`;
  }

  #emit(fact: Fact): void {
    try {
      this.#options.onFact(fact);
    } catch (error) {
      // A listener that throws would be a hole in what is known: the processor ends rather than run unobserved.
      this.#end(this.#unexpected(asError(error)));
    }
  }
}

/** What a process that ends now leaves to others. */
const stillOpen =
  'stopped before the brokers had answered everything: a group that is being rebalanced, or whose broker is away, may ' +
  'only notice after session.timeout.ms that this member has gone';

/** States in which a task is about to ask for records. */
const opening: ReadonlySet<TaskStateKind> = new Set(['initializing', 'starting']);

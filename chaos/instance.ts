// An instance of one of the run's processors, in a process of its own that is killed, frozen and asked to stop. Between the engine
// and the client it writes down what is asked for, right before it is asked; from the engine's facts what it holds to be true.

import { confluentKafka } from '../src/adapters/confluent/kafka.js';
import { systemClock } from '../src/adapters/system-clock.js';
import { endProcess } from '../src/cli/end-process.js';
import { limits as defaultLimits, type Limits } from '../src/core/defaults.js';
import type { Fact } from '../src/engine/facts.js';
import { runProcessor } from '../src/engine/runner.js';
import { type Kafka, KafkaError, type Producer } from '../src/ports/kafka.js';
import chaosFirst from './chaos-first.js';
import chaosSecond from './chaos-second.js';
import type { Task } from './harness/process.js';
import { HistoryFile, type TaskName, type UntimedEvent } from './history.js';

export interface InstancePlan extends Task {
  readonly processor: 'chaos-first' | 'chaos-second';
  readonly brokers: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly limits: Partial<Limits>;
  /** Which share of its transactions fails when their offsets are sent, so that they are aborted. */
  readonly abortShare: number;
}

/** The facts that the checker or the run's figures ask for. */
const told: { readonly [Kind in Fact['fact']]?: (fact: Extract<Fact, { readonly fact: Kind }>) => UntimedEvent } = {
  'task-opened': (fact) => ({ event: 'opened', ...named(fact), position: fact.position }),
  'task-closed': (fact) => ({ event: 'closed', ...named(fact) }),
  'batch-committed': (fact) => ({ event: 'committed', ...named(fact), end: fact.end, records: fact.records }),
  'call-failed': (fact) => ({ event: 'call-failed', ...named(fact), call: fact.call, code: codeOf(fact.error) }),
  rebalanced: ({ processor, kind, partitions }) => ({
    event: 'rebalanced',
    kind,
    partitions: partitions.map(({ topic, partition }) => ({ processor, topic, partition })),
  }),
  'processor-failed': ({ error }) => ({ event: 'failed', code: codeOf(error), message: error.message }),
  'producer-replaced': (fact) => ({ event: 'noted', ...named(fact), what: fact.fact }),
  'partition-stalled': (fact) => ({ event: 'noted', ...named(fact), what: fact.fact }),
};

const plan = JSON.parse(process.argv[2] ?? '{}') as InstancePlan;
const history = new HistoryFile(plan.history);
/** It may be asked to stop before it has begun. */
let isStopping = false;
let stop = (): void => {
  isStopping = true;
};
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop());
const limits = { ...defaultLimits, ...plan.limits };
const kafka = await confluentKafka({
  brokers: plan.brokers,
  settings: plan.settings,
  transactionTimeoutMs: limits.transactionTimeoutMs,
});
tellCalls(kafka);
const runner = await runProcessor({
  topology: { 'chaos-first': chaosFirst, 'chaos-second': chaosSecond }[plan.processor].topology,
  kafka,
  clock: systemClock,
  limits,
  namespace: '',
  instance: plan.name,
  registerSchemas: false,
  onFact: tellFact,
});
if (isStopping) void runner.stop();
stop = () => void runner.stop();
let code = 0;
try {
  await runner.finished;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  code = 1;
}
await kafka.close();
history.close();
// As the CLI does: a call of the client that never returns must not keep the process.
endProcess(code);

/** What a transaction is asked for, at the last moment before it is: when the call has its thread (E4). */
function tellCalls(client: Kafka): void {
  const open = client.openProducer.bind(client);
  client.openProducer = async (options) => {
    const producer = await open(options);
    if (options.kind === 'transactional') tellProducer(producer, taskOf(options.transactionalId));
    return producer;
  };
}

function tellProducer(producer: Producer, task: TaskName): void {
  const sendOffsets = producer.sendOffsets.bind(producer);
  const commit = producer.commit.bind(producer);
  const abort = producer.abort.bind(producer);
  producer.sendOffsets = async (offsets, consumer, timeoutMs, guard) => {
    if (Math.random() < plan.abortShare)
      throw new KafkaError('ILLEGAL_GENERATION', 'the run wants this transaction to be aborted', { abortable: true });
    await sendOffsets(offsets, consumer, timeoutMs, () => {
      guard();
      for (const { offset: end } of offsets) history.append({ event: 'offsets', ...task, end });
    });
  };
  producer.commit = (timeoutMs, guard) =>
    commit(timeoutMs, () => {
      guard();
      history.append({ event: 'commit', ...task });
    });
  producer.abort = (timeoutMs) => {
    history.append({ event: 'abort', ...task });
    return abort(timeoutMs);
  };
}

function tellFact(fact: Fact): void {
  const event = (told[fact.fact] as ((fact: Fact) => UntimedEvent) | undefined)?.(fact);
  if (event !== undefined) history.append(event);
}

function named({ processor, topic, partition }: TaskName): TaskName {
  return { processor, topic, partition };
}

/** E1: `<processor>/<topic>/<partition>`. */
function taskOf(transactionalId: string): TaskName {
  const [processor = '', topic = '', partition = ''] = transactionalId.split('/');
  return { processor, topic, partition: Number(partition) };
}

function codeOf(error: Error): string {
  return error instanceof KafkaError ? error.code : ((error as { readonly code?: string }).code ?? error.name);
}

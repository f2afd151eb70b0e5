// The process that runs the processors for `processor dev`. It loads them and provides what they need while its predecessor still
// works, and joins the group only when its parent says so, which is when the predecessor has ended.

import { confluentKafka } from '../../adapters/confluent/kafka.js';
import { type Logger, openLogger } from '../../adapters/pino/logger.js';
import type { SchemaRegistry } from '../../core/codec.js';
import { limits } from '../../core/defaults.js';
import type { Topology } from '../../core/topology.js';
import type { Fact } from '../../engine/facts.js';
import { start } from '../../engine/start.js';
import { ProcessorError } from '../../errors/processor-error.js';
import type { Kafka } from '../../ports/kafka.js';
import { loadConfig, type ResolvedConfig } from '../config/load-config.js';
import { type ConnectionFlags, openRegistry } from '../connection.js';
import { discover, type FoundProcessor } from '../discover.js';
import { exitCodeOf, ReportedEnd } from '../exit-codes.js';
import { factLog } from '../fact-log.js';
import { Lifecycle } from '../lifecycle.js';
import { neededTopics } from '../needed-topics.js';
import { type ProvidedTopic, provideTopics } from '../provide-topics.js';
import { Readiness } from '../readiness.js';
import { jsonOf, reportable, textOf } from '../report-error.js';
import { sourceStamps } from '../source-stamps.js';
import { endWithParent } from '../worker.js';
import { inMemory, type Ready } from './in-memory.js';
import type { Failure, ProcessorRow, Surroundings } from './messages.js';
import { openCodecs } from './open-codecs.js';
import { Orders, tell } from './parent.js';
import { Meter } from './status.js';

export interface ChildFlags extends ConnectionFlags {
  readonly json?: boolean;
}

const statusMs = 1000;
const readinessMs = 20;
const summaryMs = 10_000;

/** @throws ReportedEnd: the parent has been told why */
export async function runChild(wanted: readonly string[], flags: ChildFlags): Promise<void> {
  const orders = new Orders();
  endWithParent();
  try {
    await load(wanted, flags, orders);
  } catch (error) {
    const reported = reportable(error);
    await tell({ report: 'failed', ...failureOf(reported) });
    throw new ReportedEnd(exitCodeOf(reported));
  }
}

async function load(wanted: readonly string[], flags: ChildFlags, orders: Orders): Promise<void> {
  const { config, found } = await readSources(wanted, flags);
  const log = await openLogger({ level: config.logLevel, pretty: !flags.json });
  const surroundings = await orders.connect;
  const topologies = found.map(({ processor }) => processor.topology);
  const { kafka, topics, begin } = surroundings.isInMemory
    ? await inMemory(topologies, config.namespace)
    : await onKafka(found, config, surroundings);
  await tell({ report: 'loaded', processors: rowsOf(found, topics), created: createdOf(topics) });
  await orders.run;
  await work({ log, kafka, topologies }, begin);
}

async function onKafka(
  found: readonly FoundProcessor[],
  config: ResolvedConfig,
  surroundings: Surroundings,
): Promise<Ready> {
  const { brokers, isEmbedded, mayRegisterSchemas: registerSchemas } = surroundings;
  const settings = isEmbedded ? withoutLogin(config.settings) : config.settings;
  const registry = await registryOf(config, surroundings);
  const topologies = found.map(({ processor }) => processor.topology);
  const kafka = await confluentKafka({ brokers, settings, transactionTimeoutMs: limits.transactionTimeoutMs });
  const { namespace } = config;
  const needed = neededTopics(namespace, topologies);
  const topics = surroundings.mayCreateTopics
    ? await provideTopics(kafka, needed, { isOneBroker: isEmbedded })
    : await topicsThere(kafka, topologies, needed);
  await openCodecs(topologies, { registry, registerSchemas });
  const begin: Ready['begin'] = (onFact) =>
    start(
      found.map(({ processor }) => processor),
      { brokers, settings, namespace, ...(registry ? { registry } : {}), registerSchemas, onFact },
    );
  return { kafka, topics, begin };
}

async function readSources(
  wanted: readonly string[],
  flags: ChildFlags,
): Promise<{ readonly config: ResolvedConfig; readonly found: readonly FoundProcessor[] }> {
  try {
    const config = await loadConfig(flags, process.env, 'dev');
    const { processors } = await discover(process.cwd(), wanted);
    return { config, found: processors };
  } finally {
    await tell({ report: 'read', stamps: Object.fromEntries(sourceStamps) });
  }
}

/** A broker of our own asks nobody who they are. */
function withoutLogin(settings: ResolvedConfig['settings']): ResolvedConfig['settings'] {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !/^(security|sasl|ssl)\./.test(name)));
}

async function registryOf(config: ResolvedConfig, { registry }: Surroundings): Promise<SchemaRegistry | undefined> {
  return openRegistry({ registry: registry === undefined ? config.registry : { url: registry } });
}

/** Said before the predecessor is stopped, not after. */
async function topicsThere(
  kafka: Awaited<ReturnType<typeof confluentKafka>>,
  topologies: readonly Topology[],
  needed: ReturnType<typeof neededTopics>,
): Promise<readonly ProvidedTopic[]> {
  const counts = await kafka.partitionCounts(needed.map(({ name }) => name));
  const missing = needed.filter(({ name }) => !counts.has(name));
  const [first] = missing;
  if (first !== undefined)
    throw new ProcessorError(
      'PRC_TOPICS_MISSING',
      {
        processor: first.uses[0]?.processor ?? topologies[0]?.name ?? '',
        topics: missing.map(({ name }) => name).join(', '),
      },
      {
        hint: 'dev creates topics by itself on this machine only. Let it do so there with --create-topics, or create them: npx processor topics create',
      },
    );
  return [...counts].map(([topic, partitions]) => ({ topic, created: false, partitions }));
}

interface Tools {
  readonly log: Logger;
  readonly kafka: Kafka;
  readonly topologies: readonly Topology[];
}

/** Runs until it is stopped, and tells meanwhile how it goes. */
async function work({ log, kafka, topologies }: Tools, begin: Ready['begin']): Promise<void> {
  // What goes as it should is told by the parent.
  const facts = factLog(log, { routine: 'debug' });
  const meter = new Meter();
  const readiness = new Readiness(topologies.map(({ name }) => name));
  const onFact = (fact: Fact): void => {
    // Why the processor ends is reported once, as its end.
    if (fact.fact !== 'processor-failed') facts.onFact(fact);
    meter.hear(fact);
    readiness.hear(fact, performance.now());
  };
  const timers = [
    setInterval(() => facts.summarize(), summaryMs),
    tellWhenReady(readiness, meter),
    tellStatus(kafka, meter),
  ];
  try {
    await new Lifecycle({ info() {}, warn() {}, fatal() {} }).untilEnd(() => begin(onFact));
  } finally {
    for (const timer of timers) clearInterval(timer);
    await kafka.close();
  }
}

function tellWhenReady(readiness: Readiness, meter: Meter): NodeJS.Timeout {
  const timer = setInterval(() => {
    if (readiness.whyNot(performance.now()) !== undefined) return;
    clearInterval(timer);
    void tell({ report: 'ready', partitions: meter.open.length });
  }, readinessMs);
  return timer;
}

function tellStatus(kafka: Kafka, meter: Meter): NodeJS.Timeout {
  let isUnderWay = false;
  const say = async (): Promise<void> => {
    const { open } = meter;
    // Brokers that do not answer are the engine's business; here it means that the lag is not known.
    const ranges = open.length === 0 ? [] : await kafka.offsetRanges(open).catch(() => undefined);
    await tell({
      report: 'status',
      status: meter.status(
        open,
        ranges?.map(({ stable }) => stable),
      ),
    });
  };
  return setInterval(() => {
    if (isUnderWay) return;
    isUnderWay = true;
    void say().finally(() => {
      isUnderWay = false;
    });
  }, statusMs);
}

function rowsOf(found: readonly FoundProcessor[], topics: readonly ProvidedTopic[]): readonly ProcessorRow[] {
  const partitions = new Map(topics.map((one) => [one.topic, one.partitions]));
  return found.map(({ processor: { topology }, module }) => {
    const inputs = topology.subtopologies.map(({ source }) => source.topic.name);
    return {
      processor: topology.name,
      module,
      inputs,
      outputs: topology.sinks.map(({ topic }) => topic.name),
      partitions: inputs.map((name) => partitions.get(name) ?? 0),
      guarantee: topology.guarantee,
    };
  });
}

function createdOf(topics: readonly ProvidedTopic[]): readonly string[] {
  return topics.filter(({ created }) => created).map(({ topic }) => topic);
}

function failureOf(error: unknown): Failure {
  return { text: textOf(error, process.stderr), json: JSON.parse(jsonOf(error)) as Failure['json'] };
}

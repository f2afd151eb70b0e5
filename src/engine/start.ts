// `processor/engine`: starts processors inside a program of one's own, on the real client. Joins the engine with its
// adapters; the engine itself knows neither.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type ClientSettings, confluentKafka } from '../adapters/confluent/kafka.js';
import { uncheckedBy } from '../adapters/confluent/login.js';
import { threadPoolSize } from '../adapters/confluent/threads.js';
import { openTelemetry } from '../adapters/opentelemetry/tracing.js';
import { httpRegistry } from '../adapters/schema-registry/http-registry.js';
import { systemClock } from '../adapters/system-clock.js';
import type { SchemaRegistry } from '../core/codec.js';
import { limits as defaultLimits, type Limits } from '../core/defaults.js';
import { isName } from '../core/ids.js';
import type { Topology } from '../core/topology.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { FactListener } from './facts.js';
import { type Runner, runProcessor } from './runner.js';
import { checkStart } from './start-options.js';
import { type App, together } from './together.js';

export type { Fact, FactListener, FailedPart } from './facts.js';
export type { App } from './together.js';

/** What `processor()` and `batchProcessor()` make. */
export interface Startable {
  readonly topology: Topology;
}

export interface StartOptions {
  /** `host:port` pairs, separated by commas. */
  readonly brokers: string;
  /** librdkafka properties by their own names. Those that would break the promise are refused by name (E15). */
  readonly settings?: ClientSettings;
  /** Prefixes group, transactional ids and dead letters' topics. Default: none. */
  readonly namespace?: string;
  /** Needed by codecs with schemas: the registry's address, or a client of one. */
  readonly registry?: string | SchemaRegistry;
  /** Registers schemas that the registry does not have. Default false: a missing one is an error. */
  readonly registerSchemas?: boolean;
  /** Overrides defaults of the engine (core/defaults.ts); for tests and measurements. */
  readonly limits?: Partial<Limits>;
  /** Tells this process from others of the same processor. Default: host name and a random part. */
  readonly instance?: string;
  /** Hears everything that happens, as typed data. */
  readonly onFact?: FactListener;
}

/**
 * Starts one or several processors. They end together: if one cannot go on, the others are stopped.
 *
 * Rejects with a `ProcessorError` if the brokers cannot be reached (`PRC_BROKER_UNREACHABLE`), topics are missing
 * (`PRC_TOPICS_MISSING`), an option is misspelt (`PRC_OPTION_UNKNOWN`), a setting is refused (`PRC_SETTING_REFUSED`) or a
 * schema is not there.
 *
 * ```ts
 * const app = await start(enrichOrders, { brokers: 'localhost:9092' });
 * process.once('SIGTERM', () => app.stop());
 * await app.finished;
 * ```
 */
export async function start(processors: Startable | readonly Startable[], options: StartOptions): Promise<App> {
  checkStart(processors, options);
  const limits = { ...defaultLimits, ...options.limits };
  const namespace = options.namespace ?? '';
  if (namespace !== '' && !isName(namespace))
    throw new ProcessorError('PRC_NAME_INVALID', { name: namespace, what: 'namespace' });
  const registry = typeof options.registry === 'string' ? httpRegistry({ url: options.registry }) : options.registry;
  const kafka = await confluentKafka({
    brokers: options.brokers,
    transactionTimeoutMs: limits.transactionTimeoutMs,
    ...(options.settings ? { settings: options.settings } : {}),
  });
  const startables: readonly Startable[] = Array.isArray(processors) ? processors : [processors];
  const runners: Runner[] = [];
  try {
    warnOfPool(startables, options.onFact);
    warnOfTrust(startables, options);
    for (const { topology } of startables) {
      const runner = await runProcessor({
        topology,
        kafka,
        clock: systemClock,
        limits,
        namespace,
        instance: options.instance ?? `${hostname()}-${randomUUID().slice(0, 8)}`,
        ...(registry ? { registry } : {}),
        registerSchemas: options.registerSchemas ?? false,
        onFact: options.onFact ?? (() => {}),
        tracing: openTelemetry(),
      });
      runners.push(runner);
    }
  } catch (error) {
    await Promise.all(runners.map((runner) => runner.stop()));
    await kafka.close();
    throw error;
  }
  return together(runners, () => kafka.close());
}

/** E14: with libuv's own four threads the calls of the tasks wait for each other, and nothing else shows why. */
function warnOfPool([first]: readonly Startable[], onFact: FactListener = () => {}): void {
  const threads = threadPoolSize();
  if (first === undefined || threads > libuvsDefault) return;
  const message =
    `libuv's pool has ${threads} threads, one of which each open call to a broker holds: ` +
    'set UV_THREADPOOL_SIZE=128 in the environment of the process';
  onFact({ fact: 'client-notice', processor: first.topology.name, level: 'warn', message });
}

const libuvsDefault = 4;

/** Somebody may have meant it for an afternoon. */
function warnOfTrust([first]: readonly Startable[], { settings = {}, onFact = () => {} }: StartOptions): void {
  const setting = uncheckedBy(settings);
  if (first === undefined || setting === undefined) return;
  const message = `it is not checked that the brokers are who they say (${setting}): anybody on the way can read and change everything`;
  onFact({ fact: 'client-notice', processor: first.topology.name, level: 'warn', message });
}

// `processor run`: runs processors until they are stopped.

import { type Logger, openLogger } from '../adapters/pino/logger.js';
import { start } from '../engine/start.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type Connection, type ConnectionFlags, openRegistry } from './connection.js';
import { discover } from './discover.js';
import { factLog } from './fact-log.js';
import { Health } from './health.js';
import { Lifecycle } from './lifecycle.js';
import type { OwnMetrics } from './own-metrics.js';
import type { HttpAddress, Probes } from './probes.js';
import { word } from './shell-word.js';
import { endWithParent, reportToParent, tellSamples } from './worker.js';

export interface RunFlags extends ConnectionFlags {
  readonly json?: boolean;
  /** Run by a parent that holds its memory below a limit (recycle.ts). */
  readonly worker?: boolean;
}

const summaryMs = 10_000;

export async function run(wanted: readonly string[], flags: RunFlags, connection: Connection): Promise<void> {
  const { file, profile, brokers, settings, namespace, registry, registerSchemas, logLevel, http } = connection;
  const log = await openLogger({
    level: logLevel,
    pretty: process.stdout.isTTY && !flags.json,
    // Several workers write one log.
    ...(flags.worker ? { fields: { worker: process.pid } } : {}),
  });
  const lifecycle = new Lifecycle(log);
  if (flags.worker) endWithParent();
  const health = new Health(() => lifecycle.isEnding);
  const metrics = http && (await openMetrics());
  const probes = metrics && http && !flags.worker ? await answering(log, http, health, metrics) : undefined;
  const facts = factLog(log);
  const summaries = setInterval(() => facts.summarize(), summaryMs);
  try {
    await lifecycle.untilEnd(async () => {
      const { processors, skipped } = await discover(process.cwd(), wanted);
      const client = await openRegistry({ registry });
      if (lifecycle.isEnding) return undefined;
      for (const module of skipped) log.info({ module }, 'exports topics alone: nothing to run');
      const where = {
        brokers,
        ...(namespace && { namespace }),
        ...(file && { config: file }),
        ...(profile && { profile }),
      };
      for (const { processor, module } of processors)
        log.info({ processor: processor.name, module, ...where }, 'starting');
      health.expect(processors.map(({ processor }) => processor.name));
      if (flags.worker) reportToParent(() => health.whyNotReady(performance.now()));
      if (flags.worker && metrics) tellSamples(() => metrics.samples());
      const app = start(
        processors.map(({ processor }) => processor),
        {
          brokers,
          settings,
          namespace,
          ...(client ? { registry: client } : {}),
          registerSchemas,
          onFact(fact) {
            const nowMs = performance.now();
            facts.onFact(fact);
            health.hear(fact, nowMs);
            metrics?.hear(fact, nowMs);
          },
        },
      );
      return app.catch((error: unknown) => Promise.reject(withCommand(error, wanted, flags)));
    });
  } finally {
    clearInterval(summaries);
    facts.summarize();
    await probes?.close();
  }
}

/** Metrics are loaded, and cost something, only where somebody can ask for them. */
async function openMetrics(): Promise<OwnMetrics> {
  const { OwnMetrics } = await import('./own-metrics.js');
  return new OwnMetrics();
}

async function answering(log: Logger, at: HttpAddress, health: Health, metrics: OwnMetrics): Promise<Probes> {
  const { openProbes } = await import('./probes.js');
  const probes = await openProbes(at, {
    whyNotAlive: () => health.whyNotAlive(),
    whyNotReady: () => health.whyNotReady(performance.now()),
    exposition: () => metrics.exposition(),
  });
  log.info({ url: probes.url }, 'answers /livez, /readyz and /metrics');
  return probes;
}

/** Topics that are missing are created by the same command line as the one that missed them. */
function withCommand(error: unknown, wanted: readonly string[], flags: RunFlags): unknown {
  if (!(error instanceof ProcessorError) || error.code !== 'PRC_TOPICS_MISSING') return error;
  const { namespace, brokers, config, profile, X = [] } = flags;
  const words = ['npx', 'processor', 'topics', 'create', ...wanted];
  if (config !== undefined) words.push('--config', config);
  if (profile !== undefined) words.push('--profile', profile);
  if (namespace !== undefined) words.push('--namespace', namespace);
  if (brokers !== undefined) words.push('-b', brokers);
  for (const pair of X) words.push('-X', pair);
  const { details, cause } = error as ProcessorError<'PRC_TOPICS_MISSING'>;
  return new ProcessorError(error.code, details, { cause, hint: `Create them: ${words.map(word).join(' ')}` });
}

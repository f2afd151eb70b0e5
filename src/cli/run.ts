// `processor run`: runs processors until they are stopped.

import { openLogger } from '../adapters/pino/logger.js';
import { start } from '../engine/start.js';
import { ProcessorError } from '../errors/processor-error.js';
import { type Connection, type ConnectionFlags, openRegistry } from './connection.js';
import { discover } from './discover.js';
import { factLog } from './fact-log.js';
import { Lifecycle } from './lifecycle.js';
import { Readiness } from './readiness.js';
import { word } from './shell-word.js';
import { endWithParent, reportToParent } from './worker.js';

export interface RunFlags extends ConnectionFlags {
  readonly json?: boolean;
  /** Run by a parent that holds its memory below a limit (recycle.ts). */
  readonly worker?: boolean;
}

const summaryMs = 10_000;

export async function run(wanted: readonly string[], flags: RunFlags, connection: Connection): Promise<void> {
  const { brokers, settings, namespace, registry, registerSchemas, logLevel } = connection;
  const log = await openLogger({
    level: logLevel,
    pretty: process.stdout.isTTY && !flags.json,
  });
  const lifecycle = new Lifecycle(log);
  if (flags.worker) endWithParent();
  const facts = factLog(log);
  const summaries = setInterval(() => facts.summarize(), summaryMs);
  try {
    await lifecycle.untilEnd(async () => {
      const { processors, skipped } = await discover(process.cwd(), wanted);
      const client = await openRegistry({ registry });
      if (lifecycle.isEnding) return undefined;
      for (const module of skipped) log.info({ module }, 'exports topics alone: nothing to run');
      for (const { processor, module } of processors)
        log.info({ processor: processor.name, module, brokers, ...(namespace ? { namespace } : {}) }, 'starting');
      const readiness = new Readiness(processors.map(({ processor }) => processor.name));
      if (flags.worker) reportToParent(() => readiness.isReady(performance.now()));
      const app = start(
        processors.map(({ processor }) => processor),
        {
          brokers,
          settings,
          namespace,
          ...(client ? { registry: client } : {}),
          registerSchemas,
          onFact(fact) {
            facts.onFact(fact);
            readiness.hear(fact, performance.now());
          },
        },
      );
      return app.catch((error: unknown) => Promise.reject(withCommand(error, wanted, flags)));
    });
  } finally {
    clearInterval(summaries);
    facts.summarize();
  }
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

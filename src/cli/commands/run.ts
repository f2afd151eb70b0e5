// `processor run` on the command line.

import { type Command, Option } from 'commander';
import {
  addConnection,
  addRegisterSchemas,
  byteSize,
  httpAddress,
  namespaceOption,
  wantedArgument,
} from './options.js';

export function addRun(program: Command): void {
  const run = program
    .command('run')
    .summary('run processors until they are stopped')
    .description('Run processors until they are stopped.')
    .argument(...wantedArgument)
    .addOption(namespaceOption())
    .option(
      '--memory-max <size>',
      'hand over to a fresh process when this one holds more, such as 512MiB (default: no limit)',
      byteSize,
    )
    .option(
      '--http <port or host:port>',
      'answer /livez, /readyz and /metrics; a port alone is one of 127.0.0.1 (default: nowhere)',
      httpAddress,
    )
    .addOption(new Option('--worker').hideHelp())
    .option('--json', 'log as JSON on a terminal too, report errors as JSON')
    .action(async (wanted: readonly string[], { http, ...flags }) => {
      const { connectionOf } = await import('../connection.js');
      const connection = await connectionOf({ ...flags, ...http }, process.env, 'run');
      return connection.memoryMaxBytes === undefined || flags.worker
        ? (await import('../run.js')).run(wanted, flags, connection)
        : (await import('../recycle.js')).runInWorkers(flags, connection, connection.memoryMaxBytes);
    })
    .addHelpText('after', afterRun);
  addRegisterSchemas(run);
  addConnection(run);
}

const afterRun = `
Processors are the default exports of processors/*.ts (.mts, .js, .mjs), without subfolders, tests and names that begin
with _. Types are not checked; that is tsc's work. SIGTERM or Ctrl-C stops: what is under way is finished and the group
left, in about a second. A second one aborts, a third one ends the process at once.

Environment:
  KAFKA_BROKERS, KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD,
  KAFKA_SSL_CA_LOCATION, KAFKA_SSL_KEY_PASSWORD, SCHEMA_REGISTRY_URL, SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO,
  PROCESSOR_NAMESPACE; each also as …_FILE, the path of a file that holds the value. LOG_LEVEL: debug, info, warn, …
  What processor.config.ts says goes behind them; processor config --show-origin prints what holds.

Examples:
  processor run                                    all of processors/
  processor run enrich-orders settle               two of them
  processor run ./jobs/nightly.ts                  a module somewhere else
  processor run --memory-max 1GiB                  two processes for a moment when one holds more
  processor run --http 0.0.0.0:9464                probes and metrics for those outside of the container
  processor run -X session.timeout.ms=6000         a property of librdkafka; those that break the promise are refused`;

// `processor describe` on the command line.

import { type Command, Option } from 'commander';
import { addConfig, asIs, collect, namespaceOption, wantedArgument } from './options.js';

export function addDescribe(program: Command): void {
  const describe = program
    .command('describe')
    .summary('what processors are in production, as text, graph, JSON or rules')
    .description(
      'Print the production sheet of processors: what they read and write, what they are called in Kafka, what they promise, what happens to failures, their limits, and what a login needs to run them.',
    )
    .argument(...wantedArgument)
    .addOption(
      new Option('--format <format>', 'for people, as a Mermaid flowchart, as JSON, or as kafka-acls commands')
        .choices(['text', 'mermaid', 'json', 'acls'])
        .default('text'),
    )
    .option('--principal <name>', 'who the commands are for (default: User: and KAFKA_SASL_USERNAME)')
    .option('-b, --brokers <list>', 'brokers in the commands (default: KAFKA_BROKERS)')
    .option('--command-config <file>', "a file with the administrator's own login, for the commands")
    .option('-X <prop=value>', 'a property of librdkafka that run will be given (repeatable)', collect(asIs))
    .addOption(namespaceOption())
    .addOption(new Option('--json', 'the same as --format json').conflicts('format'))
    .action(async (wanted: readonly string[], flags) =>
      (await import('../describe/describe.js')).describe(wanted, flags),
    )
    .addHelpText('after', afterDescribe);
  addConfig(describe);
}

const afterDescribe = `
It connects to nothing. Partitions and settings of topics are those of their definitions. READ and WRITE include DESCRIBE,
as in Kafka.

Examples:
  processor describe                                         all of processors/
  processor describe --format mermaid > topology.mmd         all of them in one graph
  processor describe enrich-orders --format acls --command-config admin.properties | sh
                                                             gives the login of KAFKA_SASL_USERNAME what it needs
  processor describe --format acls --principal User:CN=enrich --namespace staging-`;

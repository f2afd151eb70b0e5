// `processor describe` on the command line.

import { type Command, Option } from 'commander';
import { namespaceOption, wantedArgument } from './options.js';

export function addDescribe(program: Command): void {
  program
    .command('describe')
    .summary('what processors read, write and must be allowed')
    .description(
      'Print what processors read and write, what they are called in Kafka, and what a login needs to run them.',
    )
    .argument(...wantedArgument)
    .addOption(
      new Option('--format <format>', 'for people, or as kafka-acls commands')
        .choices(['text', 'acls'])
        .default('text'),
    )
    .option('--principal <name>', 'who the commands are for (default: User: and KAFKA_SASL_USERNAME)')
    .option('-b, --brokers <list>', 'brokers in the commands (default: KAFKA_BROKERS)')
    .option('--command-config <file>', "a file with the administrator's own login, for the commands")
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) => (await import('../describe.js')).describe(wanted, flags))
    .addHelpText('after', afterDescribe);
}

const afterDescribe = `
It connects to nothing. READ and WRITE include DESCRIBE, as in Kafka.

Examples:
  processor describe                                         all of processors/
  processor describe enrich-orders --format acls --command-config admin.properties | sh
                                                             gives the login of KAFKA_SASL_USERNAME what it needs
  processor describe --format acls --principal User:CN=enrich --namespace staging-`;

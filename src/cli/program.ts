// The command line as a whole: which commands there are, in the order of the help. What one takes is in commands/, what it does
// in the file of its name, which is loaded when the command is called, so that help is quick and loads no client.

import { Command } from 'commander';
import { addCheck } from './commands/check.js';
import { addCompletion } from './commands/completion.js';
import { addConfigCommand } from './commands/config.js';
import { addDescribe } from './commands/describe.js';
import { addDev } from './commands/dev.js';
import { addDoctor } from './commands/doctor.js';
import { addExplain } from './commands/explain.js';
import { addInit } from './commands/init.js';
import { addProduce } from './commands/produce.js';
import { addRun } from './commands/run.js';
import { addSchema } from './commands/schema.js';
import { addStatus } from './commands/status.js';
import { addTail } from './commands/tail.js';
import { addTest } from './commands/test.js';
import { addTopics } from './commands/topics.js';

/**
 * @param version of the package
 * @param options `without`: leaves out a command
 */
export function commandLine(version: string, { without }: { readonly without?: AddCommand } = {}): Command {
  const program = new Command('processor')
    .description('Exactly-once stream processing on Kafka')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', afterAll);
  for (const [group, commands] of groups) {
    program.commandsGroup(`${group}:`);
    for (const add of commands) if (add !== without) add(program);
  }
  return program.helpCommand('help [command]', 'print the help of a command');
}

type AddCommand = (program: Command) => void;

const groups: readonly (readonly [group: string, commands: readonly AddCommand[]])[] = [
  ['Develop', [addInit, addDev, addCheck, addTest]],
  ['Run', [addRun]],
  ['Inspect', [addDescribe, addStatus, addTail]],
  ['Operate', [addTopics, addProduce, addSchema, addConfigCommand, addDoctor, addExplain, addCompletion]],
];

const afterAll = `
Examples:
  processor run                                    all processors of processors/
  processor run enrich-orders -b localhost:9092    one of them
  processor topics create                          what they need
  processor tail enriched-orders --from beginning

Environment:  KAFKA_BROKERS, SCHEMA_REGISTRY_URL, PROCESSOR_NAMESPACE, LOG_LEVEL (processor run --help has all), NO_COLOR
Exit codes:   0 ok  1 error  2 usage  3 configuration  4 unreachable  130 ended by force`;

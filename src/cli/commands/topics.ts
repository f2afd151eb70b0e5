// `processor topics create` and `topics list` on the command line.

import type { Command } from 'commander';
import { addConnection, namespaceOption, wantedArgument, wholeNumber } from './options.js';

export function addTopics(program: Command): void {
  const topics = program.command('topics').summary('create or list topics').description('Create or list topics.');
  const create = topics
    .command('create')
    .summary('create the topics that processors need')
    .description('Create the topics that processors need and that do not exist: inputs, outputs and dead letters.')
    .argument(...wantedArgument)
    .option('--partitions <count>', "for topics whose definition names none (default: the broker's)", wholeNumber(1))
    .option('--replication-factor <count>', "(default: the broker's)", wholeNumber(1))
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) =>
      (await import('../topics-create.js')).createTopics(wanted, flags),
    )
    .addHelpText('after', afterCreate);
  addConnection(create);
  const list = topics
    .command('list')
    .summary('list topics and who uses them')
    .description('List all topics with their partitions, and which processors use them.')
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (flags) => (await import('../topics-list.js')).listTopics(flags));
  addConnection(list);
}

const afterCreate = `
Partitions and settings are those of topic(…). Dead letters get the partitions of the processor's inputs and are kept for
ever. A topic that exists is left alone; where its partitions differ from its definition, that is said.

Examples:
  processor topics create
  processor topics create enrich-orders --partitions 12 --replication-factor 3`;

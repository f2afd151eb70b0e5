// `processor dev` on the command line.

import { type Command, Option } from 'commander';
import { addConnection, addRegisterSchemas, namespaceOption, wantedArgument } from './options.js';

export function addDev(program: Command): void {
  const dev = program
    .command('dev')
    .summary('run processors while you write them')
    .description(
      'Run processors while you write them: with a Kafka and a registry of their own where none is named, and anew whenever a source changes.',
    )
    .argument(...wantedArgument)
    .addOption(namespaceOption())
    .option('--reset', 'wipe first what the embedded Kafka and registry keep, or the outputs of --memory')
    .option('--create-topics', 'create missing topics on brokers of other machines, too')
    .option('--memory', 'do without a Kafka: on a model of it in memory, which is gone when it stops')
    .option('--no-types', 'do not check types beside the run')
    .addOption(new Option('--child').hideHelp())
    .option('--json', 'print what happens as JSON, one object per line')
    .action(async (wanted: readonly string[], flags) =>
      flags.child
        ? (await import('../dev/child.js')).runChild(wanted, flags)
        : (await import('../dev/dev.js')).dev(wanted, flags),
    )
    .addHelpText('after', afterDev);
  addRegisterSchemas(dev);
  addConnection(dev);
}

const afterDev = `
Without -b, KAFKA_BROKERS and brokers in the config file it starts a real Kafka and a small schema registry on this machine,
whose data stays in .processor/data. Missing topics are created and schemas registered there; on other machines only with
--create-topics and --register-schemas. For development only: one broker, nothing is replicated, nobody has to log in.

Where none can be started, or with --memory, it works on a model of Kafka in memory.

A change of a source is loaded first. If it loads, the version that runs finishes what is under way, and then the new one
starts; if it does not, the error is printed and the old version goes on.

Keys on a terminal: h help, r restart, c clear, l lag of each partition, q or Ctrl-C quit.

Examples:
  processor dev                                    all of processors/
  processor dev enrich-orders --reset              one of them, from nothing
  processor dev -b localhost:9092 --no-types       with a Kafka that runs already`;

// `processor test` on the command line.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect, wantedArgument, wholeNumber } from './options.js';

export function addTest(program: Command): void {
  program
    .command('test')
    .summary('disrupt processors at every point, and compare')
    .description(
      'Run the handlers of processors over the same records again and again on a model of Kafka, each time with an abort, a crash or a rebalance at another point, and compare what is committed. Whatever differs comes from a handler that does not do the same for the same record.',
    )
    .argument(...wantedArgument)
    .requiredOption('--shake', 'disrupt them: the one kind of test there is so far')
    .option('--records <file>', 'JSON lines, as produce takes them, for one processor')
    .addOption(
      new Option('--generate <count>', 'make so many records of the codecs of the inputs')
        .argParser(wholeNumber(1))
        .conflicts('records'),
    )
    .option('--runs-max <count>', 'how many runs there are at most (default: 1000)', wholeNumber(1))
    .option('--env <name=value>', 'what a process that takes over has set otherwise (repeatable)', collect(variable))
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) => (await import('../test/test.js')).test(wanted, flags))
    .addHelpText('after', afterTest);
}

function variable(text: string): readonly [name: string, value: string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new InvalidArgumentError('It is NAME=value.');
}

const afterTest = `
Without --records, the records are what the module of the processor exports as \`samples\`; without these, they are made of the codecs
where that can be: texts, numbers, bytes and Avro say what they look like. Handlers run for real, with whatever they call.
It connects to no Kafka. It ends with 1 if anything is found.

Examples:
  processor test --shake                                          all of processors/
  processor test --shake enrich-orders --records orders.jsonl
  processor test --shake enrich-orders --generate 20 --runs-max 5000
  processor test --shake enrich-orders --env RATE=1.2 --json      the next deployment has another rate`;

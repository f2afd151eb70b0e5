// `processor tail` on the command line.

import { type Command, Option } from 'commander';
import { addConnection, collect, wholeNumber } from './options.js';

export function addTail(program: Command): void {
  const tail = program
    .command('tail')
    .summary('print the records of a topic, decoded')
    .description(
      'Print the records of a topic, decoded by the codecs of the processors here, or as well as can be guessed.',
    )
    .argument('<topic>')
    .addOption(
      new Option('--isolation <level>', 'leave out records of open and aborted transactions, or not')
        .choices(['committed', 'uncommitted'])
        .default('committed'),
    )
    .option(
      '--from <place>',
      'beginning, end, an offset, or a time such as 2026-11-21T09:00:00Z (default: end; beginning with --no-follow)',
    )
    .option('-n, --limit <count>', 'end after so many records', wholeNumber(1))
    .option('-p, --partition <number>', 'only this partition (repeatable)', collect(wholeNumber(0)))
    .option('--no-follow', 'end where the topic ends')
    .option('--raw', 'do not use the codecs of the processors here', false)
    .option('--json', 'print JSON, one record per line')
    .action(async (topic: string, flags) => (await import('../tail.js')).tail(topic, flags))
    .addHelpText('after', afterTail);
  addConnection(tail);
}

const afterTail = `
It is no member of any group and commits nothing.

Examples:
  processor tail orders                                        what comes from now on
  processor tail orders --from beginning --no-follow -n 10     the first ten
  processor tail orders --from 2026-11-21T09:00:00Z --json     as JSON lines, since then
  processor tail enriched-orders --isolation uncommitted       open and aborted transactions too`;

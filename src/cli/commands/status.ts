// `processor status` on the command line.

import { type Command, Option } from 'commander';
import { addConnection, namespaceOption, wantedArgument } from './options.js';

export function addStatus(program: Command): void {
  const status = program
    .command('status')
    .summary('how far processors are: owners, offsets, lag, open transactions')
    .description(
      'Print, for each partition that processors read, who owns it, what is committed, how far that is behind, when it will be done, and what an open transaction holds back.',
    )
    .argument(...wantedArgument)
    .option('-w, --watch', 'look again every two seconds until Ctrl-C')
    .option('--eta', 'look twice, one second apart, to say when the lag will be done')
    .addOption(new Option('--members').hideHelp())
    .addOption(namespaceOption())
    .option('--json', 'print JSON, one line for each look')
    .action(async (wanted: readonly string[], flags) => (await import('../status/status.js')).status(wanted, flags))
    .addHelpText('after', afterStatus);
  addConnection(status);
}

const afterStatus = `
It is no member of any group and changes nothing. LAG is counted in offsets, from the committed one to the last stable one. The
marker that ends a transaction is an offset, too: where transactions write an input, one or two can be left with nothing to do.
HELD BACK is what stands behind an open transaction; whose it is, Kafka does not tell this client. A lag is no error: the exit
code is 0.

Examples:
  processor status                        all of processors/
  processor status enrich-orders --eta
  processor status --watch
  processor status --json | jq '.processors[].lag'`;

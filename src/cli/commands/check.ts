// `processor check` on the command line.

import type { Command } from 'commander';
import { addConnection, namespaceOption, wantedArgument } from './options.js';

export function addCheck(program: Command): void {
  const check = program
    .command('check')
    .summary('find mistakes before anything runs')
    .description(
      'Find mistakes in modules, processors, types and settings, each with file and line. Nothing is started and nothing is changed.',
    )
    .argument(...wantedArgument)
    .option('--live', 'also ask the brokers and the schema registry', false)
    .option('--strict', 'fail on warnings, too', false)
    .option('--no-types', 'do not run the type check of the project')
    .addOption(namespaceOption())
    .option('--json', 'print JSON')
    .action(async (wanted: readonly string[], flags) => (await import('../check/check.js')).check(wanted, flags))
    .addHelpText('after', afterCheck);
  addConnection(check);
}

const afterCheck = `
Modules are loaded, which runs what is at their top level. Types are checked by the project's own tsc --noEmit, where there is
a tsconfig.json. --live joins no group and opens no transaction. It ends with 3 if there is an error, with --strict also if there is a warning, and with 0 otherwise.

Examples:
  processor check                                  all of processors/
  processor check enrich-orders --no-types         one processor, in a moment
  processor check --strict --json                  in CI
  processor check --live -b localhost:9092         before a deployment`;

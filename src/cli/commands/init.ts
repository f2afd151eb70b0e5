// `processor init` on the command line.

import { type Command, Option } from 'commander';
import { templateNames } from '../init/template-names.js';

export function addInit(program: Command): void {
  program
    .command('init')
    .summary('create a project, or add a processor to one')
    .description(
      'Create a project in a new or empty folder. In a folder with a package.json, add processors/<name>.ts to that project and nothing else.',
    )
    .argument('[dir]', 'the folder (default: the current one)')
    .addOption(new Option('-t, --template <template>', 'what to begin with (default: minimal)').choices(templateNames))
    .option('--name <name>', "the processor's name, and its file's (default: the template's)")
    .option('-y, --yes', 'ask nothing', false)
    .option('--json', 'print JSON, ask nothing')
    .action(async (dir: string | undefined, flags) => (await import('../init.js')).init(dir, flags))
    .addHelpText('after', afterInit);
}

const afterInit = `
Templates:
  minimal        one input, one output, text and numbers
  two-outputs    JSON checked with zod, two outputs in one transaction, dead letters
  avro           Avro on both sides, by way of a schema registry

On a terminal it asks for the folder and the template where they are not given; elsewhere it asks nothing. It overwrites no
file, installs nothing and connects to nothing: the commands for that are printed.

Examples:
  processor init my-app                                 asks for the template
  processor init my-app --template two-outputs --yes    asks nothing
  processor init --template avro --name cool-readings   in a project: adds processors/cool-readings.ts
  npm create processor my-app                           the same as init, where nothing is installed yet`;

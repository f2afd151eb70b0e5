// `processor config` on the command line.

import type { Command } from 'commander';
import { addConnection, namespaceOption } from './options.js';

export function addConfigCommand(program: Command): void {
  const config = program
    .command('config')
    .summary('what is configured, and where each value is from')
    .description('Print what is configured by flags, the environment and processor.config.ts. Secrets are not shown.')
    .option('--show-origin', 'say where each value is from')
    .addOption(namespaceOption())
    .option('--json', 'print JSON, always with where values are from')
    .action(async (flags) => (await import('../config/show-config.js')).showConfig(flags))
    .addHelpText('after', afterConfig);
  addConnection(config);
}

const afterConfig = `
It connects to nothing. A flag goes before a variable, that before the config file (its profile before the rest of it), and
that before the default.

Examples:
  processor config --show-origin
  processor config --profile production --json`;

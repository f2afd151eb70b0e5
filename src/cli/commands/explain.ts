// `processor explain` on the command line.

import type { Command } from 'commander';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('what an error means and what to do')
    .description('Explain an error by its code: what happened, and what to do. Without a code, list all of them.')
    .argument('[code]', 'such as PRC_TOPICS_MISSING; small letters will do, and PRC_ may be left out')
    .option('--json', 'print JSON')
    .action(async (code: string | undefined, flags) => (await import('../explain.js')).explain(code, flags))
    .addHelpText('after', afterExplain);
}

const afterExplain = `
It needs no network: the explanations come with the package.

Examples:
  processor explain PRC_BROKER_UNREACHABLE
  processor explain topics_missing`;

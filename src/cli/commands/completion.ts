// `processor completion` on the command line, and the hidden command by which the script that it prints asks what to propose.

import { Argument, type Command } from 'commander';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a script that completes commands in your shell')
    .description('Print a script that lets your shell complete commands, options and the names of processors.')
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish', 'powershell']))
    .action(async (shell: string) => (await import('../completion.js')).printScript(shell))
    .addHelpText('after', afterCompletion);
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => (await import('../completion.js')).complete(words));
}

const afterCompletion = `
The shell has to find 'processor' by that name: install it globally, or put node_modules/.bin into PATH; behind npx nothing is
completed. Processors are proposed by the names of their files, because no module is loaded for it. Values of options are
proposed where there is a choice of few.

Examples:
  source <(processor completion bash)                                       in ~/.bashrc
  source <(processor completion zsh)                                        in ~/.zshrc, behind compinit
  processor completion fish > ~/.config/fish/completions/processor.fish
  processor completion powershell | Out-String | Invoke-Expression          in $PROFILE`;

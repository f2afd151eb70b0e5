// The entry of the command `processor`: runs one command and ends the process with its exit code (exit-codes.ts) and, where
// it failed, with one report on standard error.

import { type Command, CommanderError } from 'commander';
import { ProcessorError } from '../errors/processor-error.js';
import { endProcess } from './end-process.js';
import { exitCodeOf, exitCodes, ReportedEnd } from './exit-codes.js';
import { ownVersion } from './own-version.js';
import { commandLine } from './program.js';

// A reader that has enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
endProcess(await main(process.argv));

async function main(argv: readonly string[]): Promise<number> {
  const program = commandLine(ownVersion());
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.exitOverride().configureOutput({ outputError: () => {} });
  }
  try {
    await program.parseAsync(argv);
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    // A command group without a command has printed its help.
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage;
    if (error instanceof ReportedEnd) return exitCodeOf(error);
    const { reportable, reportError } = await import('./report-error.js');
    const reported = error instanceof CommanderError ? usageError(error, program, argv) : reportable(error);
    reportError(reported, argv.includes('--json') ? 'json' : 'text');
    return exitCodeOf(reported);
  }
}

function usageError({ message }: CommanderError, { commands }: Command, argv: readonly string[]): ProcessorError {
  const problem = message.replace(/^error: /, '').replaceAll('\n', ' ');
  const known = commands.find((command) => command.name() === argv[2]);
  return new ProcessorError('PRC_USAGE', { problem, command: known === undefined ? '' : `${known.name()} ` });
}

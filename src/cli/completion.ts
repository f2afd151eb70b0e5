// `processor completion`: the script for a shell, and the answers that it asks for whenever somebody presses Tab. The shell waits
// for them, so no module of the user is loaded: processors are known by their files' names.

import { basename, extname } from 'node:path';
import { script } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { addCompletion } from './commands/completion.js';
import { wantedArgument } from './commands/options.js';
import { safeScripts } from './completion-scripts.js';
import { moduleFiles } from './discover.js';
import { ownVersion } from './own-version.js';
import { commandLine } from './program.js';

export function printScript(shell: string): void {
  const own = safeScripts[shell];
  if (own === undefined) script(shell, 'processor', 'processor');
  else process.stdout.write(own);
}

/** @param words what stands behind `processor`; the last one is being typed */
export function complete(words: readonly string[]): void {
  // The adapter adds its own command of that name, so ours is left out.
  const program = commandLine(ownVersion(), { without: addCompletion });
  shorten(program.commands);
  const root = tab(program, { completionCommandName: 'completion' });
  for (const { arguments: wanted } of root.commands.values()) {
    const names = wanted.get(argumentName);
    if (names) names.handler = (propose) => processorNames().forEach((name) => propose(name, ''));
  }
  root.parse([...words]);
}

/** What a command does is one line of a menu here, as in the help. */
function shorten(commands: readonly Command[]): void {
  for (const command of commands) {
    if (command.summary() !== '') command.description(command.summary());
    shorten(command.commands);
  }
}

function processorNames(): readonly string[] {
  return moduleFiles(process.cwd()).map((file) => basename(file, extname(file)));
}

/** As commander has it: without the brackets and dots. */
const argumentName = wantedArgument[0].replace(/^\[|(\.\.\.)?\]$/g, '');

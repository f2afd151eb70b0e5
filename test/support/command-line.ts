// What our own command line knows of the arguments and variables that files hand to it.

import type { Command } from 'commander';
import { configValues } from '../../src/cli/config/config-values.js';
import { kafkaVariables } from '../../src/cli/config/kafka-settings.js';
import { commandLine } from '../../src/cli/program.js';

/** What the command line would refuse of these arguments; none: it takes them. A value that an option does not take throws. */
export function refusedArguments(args: readonly string[]): readonly string[] {
  let command: Command = commandLine('0.0.0');
  let rest = [...args];
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest = rest.slice(1);
  }
  command.exitOverride().configureOutput({ outputError: () => {} });
  return command.commands.length > 0 ? rest : command.parseOptions(rest).unknown;
}

/** Every variable that is read, each also as the file that holds it. */
export function knownVariables(): readonly string[] {
  const variables = [
    ...Object.values(configValues).map(({ variable }) => variable),
    ...kafkaVariables.map(({ variable }) => variable),
  ];
  return variables.flatMap((variable) => [variable, `${variable}_FILE`]);
}

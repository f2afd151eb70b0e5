// What several commands have in common on the command line: options, and how their values are read.

import { type Command, InvalidArgumentError, Option } from 'commander';

/** `-b` and `-X`, of commands that connect. */
export function addConnection(command: Command): Command {
  return command
    .option('-b, --brokers <list>', 'Kafka brokers as host:port,… (default: KAFKA_BROKERS)')
    .option('-X <prop=value>', 'a property of librdkafka (repeatable)', collect(asIs));
}

export function namespaceOption(): Option {
  return new Option(
    '--namespace <prefix>',
    'before groups, transactional ids and dead letters (default: PROCESSOR_NAMESPACE)',
  );
}

/** `[modules or names...]`, of commands about processors. */
export const wantedArgument = [
  '[modules or names...]',
  'processors by name, or modules by path (default: all of processors/)',
] as const;

export function collect<T>(
  parse: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

export function asIs(text: string): string {
  return text;
}

export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= min) return Number(text);
    throw new InvalidArgumentError(`It is a whole number from ${min}.`);
  };
}

export function byteSize(text: string): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(MiB|GiB|MB|GB)$/.exec(text) ?? [];
  const bytes = Math.round(Number(amount) * (unitBytes[unit as keyof typeof unitBytes] ?? Number.NaN));
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError('It is a size such as 512MiB or 2GiB.');
}

const unitBytes = { MiB: 2 ** 20, GiB: 2 ** 30, MB: 1e6, GB: 1e9 } as const;

// What several commands have in common on the command line: options, and how their values are read.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseByteSize } from '../byte-size.js';

/** `-b` and `-X`, of commands that connect, and those of `addConfig`. */
export function addConnection(command: Command): Command {
  command
    .option('-b, --brokers <list>', 'Kafka brokers as host:port,… (default: KAFKA_BROKERS)')
    .option('-X <prop=value>', 'a property of librdkafka (repeatable)', collect(asIs));
  return addConfig(command);
}

/** `-c` and `--profile`, of commands for which processor.config.ts says something. */
export function addConfig(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the config file (default: processor.config.ts, .mts, .js or .mjs)')
    .option('--profile <name>', 'a profile of the config file (default: PROCESSOR_PROFILE)');
}

/** `--register-schemas`, of commands that write. */
export function addRegisterSchemas(command: Command): Command {
  return command
    .option('--register-schemas', 'register schemas that the registry does not have')
    .addOption(new Option('--no-register-schemas').hideHelp());
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
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('It is a size such as 512MiB or 2GiB.');
  return bytes;
}

/** As the flags of the configuration: a port, or a host and a port. */
export function httpAddress(text: string): { readonly http: number; readonly httpHost?: string } {
  const [, bracketed, plain, port] = /^(?:(?:\[([\da-f:.]+)\]|([^:[\]]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (port !== undefined && Number(port) <= 65_535)
    return { http: Number(port), ...(host === undefined ? {} : { httpHost: host }) };
  throw new InvalidArgumentError('It is a port such as 9464, or a host and a port such as 0.0.0.0:9464.');
}

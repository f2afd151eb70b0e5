// `processor describe`: what a processor reads, writes and is called in Kafka, and what a login must be allowed to run it. All
// of it stands in the topology: nothing is connected to.

import { type Acl, aclText, neededAcls } from '../core/acls.js';
import { groupId, transactionalIdPrefix } from '../core/ids.js';
import { deadLetterTopics, type Guarantee } from '../core/topology.js';
import type { ConfigFlags } from './config/config-values.js';
import { loadConfig, type ResolvedConfig } from './config/load-config.js';
import { discover, type FoundProcessor } from './discover.js';
import { word } from './shell-word.js';
import { table } from './table.js';

export interface DescribeFlags extends ConfigFlags {
  readonly format: 'text' | 'acls';
  /** Who the rules are for, as Kafka writes it: `User:alice`. */
  readonly principal?: string;
  /** What `kafka-acls` itself logs in with: a file of client properties. */
  readonly commandConfig?: string;
  readonly json?: boolean;
}

interface Description {
  readonly processor: string;
  readonly module: string;
  readonly guarantee: Guarantee;
  readonly group: string;
  /** Undefined without transactions. */
  readonly transactionalIdPrefix: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly deadLetters: readonly string[];
  readonly acls: readonly Acl[];
}

export async function describe(wanted: readonly string[], flags: DescribeFlags): Promise<void> {
  const config = await loadConfig(flags, process.env, 'describe');
  const { processors } = await discover(process.cwd(), wanted);
  const described = processors.map((found) => describeOne(found, config.namespace));
  if (flags.json) process.stdout.write(`${JSON.stringify({ processors: described })}\n`);
  else if (flags.format === 'acls') process.stdout.write(commands(described, flags, config));
  else process.stdout.write(described.map((one) => table(rows(one))).join('\n'));
}

function describeOne({ processor: { topology }, module }: FoundProcessor, namespace: string): Description {
  const group = groupId(namespace, topology.name);
  return {
    processor: topology.name,
    module,
    guarantee: topology.guarantee,
    group,
    transactionalIdPrefix: topology.guarantee === 'exactly-once' ? transactionalIdPrefix(group) : undefined,
    inputs: topology.subtopologies.map(({ source }) => source.topic.name),
    outputs: topology.sinks.map(({ topic }) => topic.name),
    deadLetters: deadLetterTopics(namespace, topology),
    acls: neededAcls(topology, namespace),
  };
}

function rows(one: Description): readonly (readonly string[])[] {
  const lines = (name: string, values: readonly string[]): (readonly string[])[] =>
    values.map((value, i) => [i === 0 ? `  ${name}` : '', value]);
  return [
    [one.processor, one.module],
    ...lines('guarantee', [one.guarantee]),
    ...lines('reads', one.inputs),
    ...lines('writes', one.outputs),
    ...lines('dead letters', one.deadLetters),
    ...lines('group', [one.group]),
    ...lines('needs', one.acls.map(aclText)),
  ];
}

/** What is not known here is left to the shell, which has it in the environment of whoever runs them. */
function commands(described: readonly Description[], flags: DescribeFlags, config: ResolvedConfig): string {
  const { brokers, settings } = config;
  const user = settings['sasl.username'];
  const principal = flags.principal ?? (user === undefined ? undefined : `User:${user}`);
  const before = [
    'kafka-acls --bootstrap-server',
    brokers === undefined ? '"$KAFKA_BROKERS"' : word(brokers),
    ...(flags.commandConfig === undefined ? [] : ['--command-config', word(flags.commandConfig)]),
    '--add --allow-principal',
    principal === undefined ? '"User:$KAFKA_SASL_USERNAME"' : word(principal),
  ].join(' ');
  return described
    .flatMap(({ processor, acls }) => [`# ${processor}`, ...acls.map((acl) => `${before} ${rule(acl)}`)])
    .map((line) => `${line}\n`)
    .join('');
}

function rule({ operation, resource, pattern, name }: Acl): string {
  const prefixed = pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : '';
  const what = resource.replace(' ', '-');
  return `--operation ${operation === 'READ' ? 'Read' : 'Write'} --${what} ${word(name)}${prefixed}`;
}

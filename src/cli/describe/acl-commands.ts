// The permissions of processors as commands of Kafka's own tool, which an administrator can run as they are.

import type { Acl } from '../../core/acls.js';
import { word } from '../shell-word.js';
import type { Sheet } from './sheet.js';

/** What is not known is left to the shell, which has it in the environment of whoever runs the commands. */
export interface AclTarget {
  readonly brokers: string | undefined;
  /** Who the rules are for, as Kafka writes it: `User:alice`. */
  readonly principal: string | undefined;
  /** What `kafka-acls` itself logs in with: a file of client properties. */
  readonly commandConfig: string | undefined;
}

export function aclCommands(sheets: readonly Sheet[], { brokers, principal, commandConfig }: AclTarget): string {
  const before = [
    'kafka-acls --bootstrap-server',
    brokers === undefined ? '"$KAFKA_BROKERS"' : word(brokers),
    ...(commandConfig === undefined ? [] : ['--command-config', word(commandConfig)]),
    '--add --allow-principal',
    principal === undefined ? '"User:$KAFKA_SASL_USERNAME"' : word(principal),
  ].join(' ');
  return sheets
    .flatMap(({ processor, acls }) => [`# ${processor}`, ...acls.map((acl) => `${before} ${rule(acl)}`)])
    .map((line) => `${line}\n`)
    .join('');
}

function rule({ operation, resource, pattern, name }: Acl): string {
  const prefixed = pattern === 'prefixed' ? ' --resource-pattern-type prefixed' : '';
  const what = resource.replace(' ', '-');
  return `--operation ${operation === 'READ' ? 'Read' : 'Write'} --${what} ${word(name)}${prefixed}`;
}

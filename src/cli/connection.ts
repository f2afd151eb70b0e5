// From flags and environment to what reaches Kafka and the registry. A flag goes before a variable; secrets come from
// variables or files, never from flags, and are printed nowhere.

import { readFileSync } from 'node:fs';
import type { ClientSettings } from '../adapters/confluent/settings.js';
import type { SchemaRegistry } from '../core/codec.js';
import { isName } from '../core/ids.js';
import { ProcessorError } from '../errors/processor-error.js';

/** The options that commands which talk to Kafka have in common, as commander hands them over. */
export interface ConnectionFlags {
  readonly brokers?: string;
  /** `-X prop=value`, in their order. */
  readonly X?: readonly string[];
  readonly namespace?: string;
}

export interface Connection {
  readonly brokers: string;
  readonly settings: ClientSettings;
  /** '' for none. */
  readonly namespace: string;
  /** Undefined where no registry is configured. */
  readonly registry: { readonly url: string; readonly basicAuth?: string } | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param command its name, for hints
 * @throws PRC_BROKERS_MISSING, PRC_USAGE, PRC_NAME_INVALID, PRC_SECRET_ON_COMMAND_LINE, PRC_VARIABLE_SET_TWICE,
 *   PRC_SECRET_UNREADABLE
 */
export function connectionOf(flags: ConnectionFlags, environment: Environment, command: string): Connection {
  const brokers = flags.brokers ?? valueOf(environment, 'KAFKA_BROKERS');
  if (brokers === undefined) throw new ProcessorError('PRC_BROKERS_MISSING', { command });
  const settings: Record<string, string> = {};
  for (const { variable, property } of variables) {
    const value = valueOf(environment, variable);
    if (value !== undefined) settings[property] = value;
  }
  for (const pair of flags.X ?? []) {
    const [property, value] = propertyOf(pair, command);
    settings[property] = value;
  }
  return { brokers, settings, namespace: namespaceOf(flags, environment), registry: registryOf(environment) };
}

/** '' for none. Throws PRC_NAME_INVALID. */
export function namespaceOf({ namespace }: Pick<ConnectionFlags, 'namespace'>, environment: Environment): string {
  const given = namespace ?? valueOf(environment, 'PROCESSOR_NAMESPACE') ?? '';
  if (given !== '' && !isName(given)) throw new ProcessorError('PRC_NAME_INVALID', { name: given, what: 'namespace' });
  return given;
}

export async function openRegistry({ registry }: Pick<Connection, 'registry'>): Promise<SchemaRegistry | undefined> {
  if (registry === undefined) return undefined;
  const { httpRegistry } = await import('../adapters/schema-registry/http-registry.js');
  return httpRegistry(registry);
}

interface Variable {
  readonly variable: string;
  readonly property: string;
  readonly isSecret?: true;
}

/** Only these: Kafka's own images use other KAFKA_… variables for properties of brokers. */
const variables: readonly Variable[] = [
  { variable: 'KAFKA_SECURITY_PROTOCOL', property: 'security.protocol' },
  { variable: 'KAFKA_SASL_MECHANISM', property: 'sasl.mechanisms' },
  { variable: 'KAFKA_SASL_USERNAME', property: 'sasl.username' },
  { variable: 'KAFKA_SASL_PASSWORD', property: 'sasl.password', isSecret: true },
  { variable: 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET', property: 'sasl.oauthbearer.client.secret', isSecret: true },
  {
    variable: 'KAFKA_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PEM',
    property: 'sasl.oauthbearer.assertion.private.key.pem',
    isSecret: true,
  },
  {
    variable: 'KAFKA_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_PASSPHRASE',
    property: 'sasl.oauthbearer.assertion.private.key.passphrase',
    isSecret: true,
  },
  { variable: 'KAFKA_SSL_CA_LOCATION', property: 'ssl.ca.location' },
  { variable: 'KAFKA_SSL_KEY_PEM', property: 'ssl.key.pem', isSecret: true },
  { variable: 'KAFKA_SSL_KEY_PASSWORD', property: 'ssl.key.password', isSecret: true },
  { variable: 'KAFKA_SSL_KEYSTORE_PASSWORD', property: 'ssl.keystore.password', isSecret: true },
];

/** Properties that the client takes under a second name. */
const otherNames: Readonly<Record<string, string>> = {
  'sasl.oauthbearer.client.credentials.client.secret': 'sasl.oauthbearer.client.secret',
};

function registryOf(environment: Environment): Connection['registry'] {
  const url = valueOf(environment, 'SCHEMA_REGISTRY_URL');
  if (url === undefined) return undefined;
  const basicAuth = valueOf(environment, 'SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO');
  return { url, ...(basicAuth === undefined ? {} : { basicAuth }) };
}

function propertyOf(pair: string, command: string): [property: string, value: string] {
  const at = pair.indexOf('=');
  if (at <= 0) throw new ProcessorError('PRC_USAGE', { problem: '-X takes prop=value', command: `${command} ` });
  const property = pair.slice(0, at).trim();
  if (property === 'bootstrap.servers' || property === 'metadata.broker.list')
    throw new ProcessorError('PRC_USAGE', {
      problem: 'brokers are named with --brokers, not with -X',
      command: `${command} `,
    });
  const secret = variables.find((one) => one.isSecret && one.property === (otherNames[property] ?? property));
  if (secret) throw new ProcessorError('PRC_SECRET_ON_COMMAND_LINE', { setting: property, variable: secret.variable });
  return [property, pair.slice(at + 1).trim()];
}

/** The value of a variable, or the content of the file that `<variable>_FILE` names. An empty variable is not set. */
export function valueOf(environment: Environment, variable: string): string | undefined {
  const value = environment[variable] || undefined;
  const path = environment[`${variable}_FILE`] || undefined;
  if (path === undefined) return value;
  if (value !== undefined) throw new ProcessorError('PRC_VARIABLE_SET_TWICE', { variable });
  try {
    // Editors and `echo` end a file with a newline, which is not part of what it holds.
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new ProcessorError(
      'PRC_SECRET_UNREADABLE',
      { variable: `${variable}_FILE`, path, reason: (cause as Error).message },
      { cause },
    );
  }
}

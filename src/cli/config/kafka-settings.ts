// The properties of the client, by librdkafka's own names: which variables give some of them, which are secrets, and where each
// that holds is from.

import { ProcessorError } from '../../errors/processor-error.js';
import type { Scalar } from './config-values.js';
import type { Origin, Resolved, Sources } from './resolve.js';
import { readVariable } from './variables.js';

export interface KafkaSetting extends Resolved {
  readonly property: string;
  readonly value: Scalar;
}

interface Variable {
  readonly variable: string;
  readonly property: string;
  readonly isSecret?: true;
}

/** Only these: Kafka's own images use other KAFKA_… variables for properties of brokers. */
export const kafkaVariables: readonly Variable[] = [
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

/** The variable that takes a property because it is a secret; undefined for any other property. */
export function secretVariableOf(property: string): string | undefined {
  return kafkaVariables.find((one) => one.isSecret && one.property === (otherNames[property] ?? property))?.variable;
}

/** Of properties that this list does not know yet, those that are not shown all the same. */
const soundsSecret = /(^|[._])(key\.pem|password|passphrase|secret|token)$|^ssl_key$/;

/**
 * Each property that is set, once. Of two names of one property the client takes the one that comes later, so they stand in the
 * order in which they go before each other: the config file's, the environment's, those of `-X`.
 *
 * @param command its name, for hints
 * @throws PRC_USAGE, PRC_SECRET_ON_COMMAND_LINE, PRC_VARIABLE_SET_TWICE, PRC_SECRET_UNREADABLE
 */
export function resolveKafka({ flags, environment, file }: Sources, command: string): readonly KafkaSetting[] {
  const settings = new Map<string, KafkaSetting>();
  const set = (property: string, value: Scalar, origin: Origin): void => {
    const isSecret = secretVariableOf(property) !== undefined || soundsSecret.test(property);
    settings.delete(property);
    settings.set(property, { key: `kafka.${property}`, property, value, origin, isSecret });
  };
  for (const { origin, values } of file.toReversed())
    for (const [property, value] of Object.entries(values.kafka ?? {})) set(property, value, origin);
  for (const { variable, property } of kafkaVariables) {
    const found = readVariable(environment, variable);
    if (found) set(property, found.value, { from: 'environment', variable: found.variable });
  }
  for (const pair of flags.X ?? []) {
    const [property, value] = propertyOf(pair, command);
    set(property, value, { from: 'flag', flag: '-X' });
  }
  return [...settings.values()];
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
  const variable = secretVariableOf(property);
  if (variable !== undefined) throw new ProcessorError('PRC_SECRET_ON_COMMAND_LINE', { setting: property, variable });
  return [property, pair.slice(at + 1).trim()];
}

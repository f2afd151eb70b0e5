// What holds for a command, from its flags, the environment and the config file, with where each value is from.

import type { ClientSettings } from '../../adapters/confluent/settings.js';
import { isName } from '../../core/ids.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { readConfigFile } from './config-file.js';
import { type ConfigFlags, type ConfigValue, configValues } from './config-values.js';
import { resolveKafka } from './kafka-settings.js';
import { type Resolved, resolveValue } from './resolve.js';
import type { Environment } from './variables.js';

export interface ResolvedConfig {
  /** The command's name, for hints. */
  readonly command: string;
  /** The config file relative to the folder; undefined where there is none. */
  readonly file: string | undefined;
  readonly profile: string | undefined;
  /** Undefined where nobody names them. */
  readonly brokers: string | undefined;
  /** librdkafka properties, secrets among them. */
  readonly settings: ClientSettings;
  /** '' for none. */
  readonly namespace: string;
  /** Undefined where no registry is configured. */
  readonly registry: { readonly url: string; readonly basicAuth?: string } | undefined;
  readonly registerSchemas: boolean;
  readonly logLevel: string;
  readonly memoryMaxBytes: number | undefined;
  /** Undefined where nobody wants it. */
  readonly http: { readonly host: string; readonly port: number } | undefined;
  /** Every value with where it is from. */
  readonly values: readonly Resolved[];
}

/**
 * @param command its name, for hints
 * @throws PRC_USAGE, PRC_NAME_INVALID, PRC_SECRET_ON_COMMAND_LINE, PRC_OPTION_INVALID, PRC_VARIABLE_SET_TWICE,
 *   PRC_SECRET_UNREADABLE, and as `readConfigFile`
 */
export async function loadConfig(
  flags: ConfigFlags,
  environment: Environment,
  command: string,
  folder: string = process.cwd(),
): Promise<ResolvedConfig> {
  const profile = resolveValue(profileValue, { flags, environment, file: [] });
  const file = await readConfigFile({ folder, named: flags.config, profile: profile.value });
  const sources = { flags, environment, file: file.layers };
  const brokers = resolveValue(configValues.brokers, sources);
  const namespace = resolveValue(configValues.namespace, sources);
  const registry = resolveValue(configValues.registry, sources);
  const registryLogin = resolveValue(configValues.registryLogin, sources);
  const registerSchemas = resolveValue(configValues.registerSchemas, sources);
  const logLevel = resolveValue(configValues.logLevel, sources);
  const memoryMax = resolveValue(configValues.memoryMax, sources);
  const httpPort = resolveValue(configValues.httpPort, sources);
  const httpHost = resolveValue(configValues.httpHost, sources);
  const kafka = resolveKafka(sources, command);
  return {
    command,
    file: file.path,
    profile: profile.value,
    brokers: brokers.value,
    settings: Object.fromEntries(kafka.map(({ property, value }) => [property, value])),
    namespace: checkedNamespace(namespace.value ?? ''),
    registry:
      registry.value === undefined
        ? undefined
        : { url: registry.value, ...(registryLogin.value === undefined ? {} : { basicAuth: registryLogin.value }) },
    registerSchemas: registerSchemas.value ?? false,
    logLevel: logLevel.value ?? 'info',
    memoryMaxBytes: memoryMax.value,
    http: httpPort.value === undefined ? undefined : { host: httpHost.value ?? '127.0.0.1', port: httpPort.value },
    values: [
      profile,
      brokers,
      namespace,
      registry,
      registryLogin,
      registerSchemas,
      logLevel,
      memoryMax,
      httpPort,
      httpHost,
      ...kafka,
    ],
  };
}

/** It says what of the file holds, so it cannot stand in there. */
const profileValue: ConfigValue<string> = {
  key: 'profile',
  flag: { name: 'profile', as: '--profile' },
  variable: 'PROCESSOR_PROFILE',
  expected: 'Give the name of a profile of the config file.',
  parse: (given) => (typeof given === 'string' && given !== '' ? given : undefined),
};

function checkedNamespace(namespace: string): string {
  if (namespace !== '' && !isName(namespace))
    throw new ProcessorError('PRC_NAME_INVALID', { name: namespace, what: 'namespace' });
  return namespace;
}

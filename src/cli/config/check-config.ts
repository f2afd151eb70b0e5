// Refuses a config file that nobody can have meant: a mistyped option would otherwise be a setting that silently does not hold.

import type { Config, ConfigProfile } from '../../dsl/define-config.js';
import { invalidOption, refuseUnknownOptions, requireObject } from '../../errors/options.js';
import { ProcessorError } from '../../errors/processor-error.js';
import { type ConfigValue, configValues, type Scalar } from './config-values.js';
import { secretVariableOf } from './kafka-settings.js';

/**
 * @param file its name, for messages
 * @throws PRC_OPTIONS_MISSING, PRC_OPTION_UNKNOWN, PRC_OPTION_INVALID, PRC_SECRET_IN_CONFIG
 */
export function checkConfig(file: string, given: unknown): asserts given is Config {
  requireObject(file, given);
  const { profiles, ...base } = given;
  checkProfile(file, file, base, [...options, 'profiles']);
  if (profiles === undefined) return;
  requireObject(`'profiles' of ${file}`, profiles);
  for (const [name, profile] of Object.entries(profiles)) {
    const owner = `${file}, profile ${name}`;
    requireObject(owner, profile);
    checkProfile(file, owner, profile, options);
  }
}

const options = [
  'brokers',
  'namespace',
  'registry',
  'registerSchemas',
  'kafka',
  'logLevel',
  'memoryMax',
  'http',
] as const satisfies readonly (keyof ConfigProfile)[];

const logLevels: ReadonlySet<unknown> = new Set<ConfigProfile['logLevel']>([
  'fatal',
  'error',
  'warn',
  'info',
  'debug',
  'trace',
  'silent',
]);

function checkProfile(
  file: string,
  owner: string,
  profile: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  refuseUnknownOptions(owner, profile, known);
  const { kafka, http, registry, logLevel } = profile;
  if (kafka !== undefined) checkKafka(file, owner, kafka);
  if (http !== undefined) {
    requireObject(`'http' of ${owner}`, http);
    refuseUnknownOptions(`'http' of ${owner}`, http, ['port', 'host']);
  }
  // Of the environment's LOG_LEVEL, which other programs read, too, only what writes a log says so.
  if (logLevel !== undefined && !logLevels.has(logLevel))
    throw invalidOption(owner, 'logLevel', logLevel, configValues.logLevel.expected);
  for (const definition of Object.values(configValues)) checkValue(owner, profile, definition);
  if (typeof registry === 'string' && /^\w+:\/\/[^/]*@/.test(registry))
    throw new ProcessorError('PRC_SECRET_IN_CONFIG', {
      setting: 'user:password@ in registry',
      file,
      variable: configValues.registryLogin.variable,
    });
}

function checkValue(
  owner: string,
  profile: ConfigProfile,
  { key, inFile, parse, expected }: ConfigValue<Scalar>,
): void {
  const given = inFile?.(profile);
  if (given !== undefined && parse(given) === undefined) throw invalidOption(owner, key, given, expected);
}

function checkKafka(file: string, owner: string, kafka: unknown): void {
  requireObject(`'kafka' of ${owner}`, kafka);
  for (const [property, value] of Object.entries(kafka)) {
    const variable = secretVariableOf(property);
    if (variable !== undefined) throw new ProcessorError('PRC_SECRET_IN_CONFIG', { setting: property, file, variable });
    if (!['string', 'number', 'boolean'].includes(typeof value))
      throw invalidOption(`'kafka' of ${owner}`, property, value, 'Give a text, a number, true or false.');
  }
}

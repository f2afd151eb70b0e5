// Everything that can be configured but for the properties of the client (kafka-settings.ts): each value once, with its name in
// processor.config.ts, its flag, its variable and its default. docs/configuration.md has the same list, which a test compares.

import type { ConfigProfile } from '../../dsl/define-config.js';
import { byteSizeText, parseByteSize } from '../byte-size.js';

/** The options of commands that are about configuration, as commander hands them over. */
export interface ConfigFlags {
  /** The path of the config file. */
  readonly config?: string;
  readonly profile?: string;
  readonly brokers?: string;
  /** `-X prop=value`, in their order. */
  readonly X?: readonly string[];
  readonly namespace?: string;
  readonly registerSchemas?: boolean;
  readonly memoryMax?: number;
  readonly http?: number;
  readonly httpHost?: string;
}

export type Scalar = string | number | boolean;

export interface ConfigValue<T extends Scalar> {
  /** What it is called in the config file. */
  readonly key: string;
  readonly flag?: { readonly name: keyof ConfigFlags; readonly as: string };
  readonly variable: string;
  /** Then it has no flag and no place in the config file, and is never shown. */
  readonly isSecret?: true;
  readonly inFile?: (profile: ConfigProfile) => unknown;
  readonly default?: T;
  /** What it takes, as a sentence. */
  readonly expected: string;
  /** From whatever was written; undefined: it cannot be meant. */
  readonly parse: (given: unknown) => T | undefined;
  /** For people. Default: as it is. */
  show?(value: T): string;
}

export const configValues = {
  brokers: {
    key: 'brokers',
    flag: { name: 'brokers', as: '-b, --brokers' },
    variable: 'KAFKA_BROKERS',
    inFile: ({ brokers }) => brokers,
    expected: 'Give host:port, several in a list or with commas between.',
    parse: (given) => (Array.isArray(given) && given.every((one) => asText(one)) ? given.join(',') : asText(given)),
  } satisfies ConfigValue<string>,
  namespace: {
    key: 'namespace',
    flag: { name: 'namespace', as: '--namespace' },
    variable: 'PROCESSOR_NAMESPACE',
    inFile: ({ namespace }) => namespace,
    default: '',
    expected: "Give a text such as 'staging-'.",
    parse: (given) => (typeof given === 'string' ? given : undefined),
  } satisfies ConfigValue<string>,
  registry: {
    key: 'registry',
    variable: 'SCHEMA_REGISTRY_URL',
    inFile: ({ registry }) => registry,
    expected: 'Give one http or https address such as http://127.0.0.1:8081.',
    parse: asText,
  } satisfies ConfigValue<string>,
  registryLogin: {
    key: 'registry login',
    variable: 'SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO',
    isSecret: true,
    expected: 'Give user:password.',
    parse: asText,
  } satisfies ConfigValue<string>,
  registerSchemas: {
    key: 'registerSchemas',
    flag: { name: 'registerSchemas', as: '--register-schemas' },
    variable: 'PROCESSOR_REGISTER_SCHEMAS',
    inFile: ({ registerSchemas }) => registerSchemas,
    default: false,
    expected: 'It is true or false.',
    parse: asBoolean,
  } satisfies ConfigValue<boolean>,
  logLevel: {
    key: 'logLevel',
    variable: 'LOG_LEVEL',
    inFile: ({ logLevel }) => logLevel,
    default: 'info',
    expected: 'Use one of fatal, error, warn, info, debug, trace and silent.',
    parse: asText,
  } satisfies ConfigValue<string>,
  memoryMax: {
    key: 'memoryMax',
    flag: { name: 'memoryMax', as: '--memory-max' },
    variable: 'PROCESSOR_MEMORY_MAX',
    inFile: ({ memoryMax }) => memoryMax,
    expected: "It is a size such as '512MiB' or '2GiB'.",
    parse: (given) => (typeof given === 'string' ? parseByteSize(given) : asWholeNumber(given)),
    show: byteSizeText,
  } satisfies ConfigValue<number>,
  httpPort: {
    key: 'http.port',
    flag: { name: 'http', as: '--http' },
    variable: 'PROCESSOR_HTTP_PORT',
    inFile: ({ http }) => http?.port,
    expected: 'It is a port from 0 to 65535; 0 takes a free one.',
    parse: asPort,
  } satisfies ConfigValue<number>,
  httpHost: {
    key: 'http.host',
    flag: { name: 'httpHost', as: '--http' },
    variable: 'PROCESSOR_HTTP_HOST',
    inFile: ({ http }) => http?.host,
    default: '127.0.0.1',
    expected: "It is an address of this machine such as '127.0.0.1', or '0.0.0.0' for all of them.",
    parse: asText,
  } satisfies ConfigValue<string>,
} as const;

function asText(given: unknown): string | undefined {
  return typeof given === 'string' && given.trim() !== '' ? given : undefined;
}

function asBoolean(given: unknown): boolean | undefined {
  if (given === true || given === 'true') return true;
  return given === false || given === 'false' ? false : undefined;
}

function asWholeNumber(given: unknown): number | undefined {
  const number = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function asPort(given: unknown): number | undefined {
  const port = asWholeNumber(given);
  return port !== undefined && port <= 65_535 ? port : undefined;
}

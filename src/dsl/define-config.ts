// What stands in processor.config.ts: where Kafka is and how processors are run, so that nobody has to type it. Flags and the
// environment go before it (cli/config). No secret stands here, the file is committed with the code.

/** What can be configured, for all profiles or for one. */
export interface ConfigProfile {
  /** Kafka brokers as `host:port`, several in a list or with commas between. */
  readonly brokers?: string | readonly string[];
  /** Prefixes groups, transactional ids and dead letters' topics. */
  readonly namespace?: string;
  /** The address of the schema registry. */
  readonly registry?: string;
  /** Registers schemas that the registry does not have. Default false. */
  readonly registerSchemas?: boolean;
  /** librdkafka properties by their own names. Secrets, and those that would break the promise, are refused. */
  readonly kafka?: Readonly<Record<string, string | number | boolean>>;
  /** Default `info`. */
  readonly logLevel?: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** `run` hands over to a fresh process when this one holds more, such as `512MiB`. Default: no limit. */
  readonly memoryMax?: string;
  /** Where `run` answers probes and metrics. Default: nowhere; with a port, on 127.0.0.1. */
  readonly http?: { readonly port?: number; readonly host?: string };
}

export interface Config extends ConfigProfile {
  /** Chosen with `--profile` or PROCESSOR_PROFILE. What a profile says goes before what stands outside of it. */
  readonly profiles?: Readonly<Record<string, ConfigProfile>>;
}

/**
 * Gives the default export of processor.config.ts its types.
 *
 * ```ts
 * export default defineConfig({
 *   brokers: 'localhost:9092',
 *   profiles: { production: { brokers: 'kafka-1:9092,kafka-2:9092', namespace: 'orders-' } },
 * });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}

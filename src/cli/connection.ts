// From what is configured to what reaches Kafka and the registry.

import { checkBrokers } from '../adapters/confluent/broker-list.js';
import type { SchemaRegistry } from '../core/codec.js';
import { ProcessorError } from '../errors/processor-error.js';
import type { ConfigFlags } from './config/config-values.js';
import { loadConfig, type ResolvedConfig } from './config/load-config.js';
import type { Environment } from './config/variables.js';

/** The options that commands which talk to Kafka have in common, as commander hands them over. */
export type ConnectionFlags = ConfigFlags;

/** All that is configured, for a command that needs brokers. */
export interface Connection extends ResolvedConfig {
  readonly brokers: string;
}

/**
 * What is configured by flags, the environment and processor.config.ts.
 *
 * @param command its name, for hints
 * @throws PRC_BROKERS_MISSING, PRC_BROKERS_INVALID, and as `loadConfig`
 */
export async function connectionOf(
  flags: ConnectionFlags,
  environment: Environment,
  command: string,
): Promise<Connection> {
  return connectionIn(await loadConfig(flags, environment, command));
}

/** @throws PRC_BROKERS_MISSING, PRC_BROKERS_INVALID */
export function connectionIn(config: ResolvedConfig): Connection {
  const { brokers, command } = config;
  if (brokers === undefined) throw new ProcessorError('PRC_BROKERS_MISSING', { command });
  // The client is opened later, after modules were loaded and much was said.
  checkBrokers(brokers);
  return { ...config, brokers };
}

export async function openRegistry({
  registry,
}: Pick<ResolvedConfig, 'registry'>): Promise<SchemaRegistry | undefined> {
  if (registry === undefined) return undefined;
  const { httpRegistry } = await import('../adapters/schema-registry/http-registry.js');
  return httpRegistry(registry);
}

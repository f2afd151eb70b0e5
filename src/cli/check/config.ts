// What is wrong with what is configured, as far as nobody has to be asked: the config file, variables, flags, and settings of
// the client that it refuses or that would break the promise (E15).

import { checkBrokers } from '../../adapters/confluent/broker-list.js';
import { checkLogin } from '../../adapters/confluent/login.js';
import { probeSettings } from '../../adapters/confluent/probe-settings.js';
import { type ClientSettings, checkSettings } from '../../adapters/confluent/settings.js';
import { isProcessorError } from '../../errors/processor-error.js';
import { loadConfig, type ResolvedConfig } from '../config/load-config.js';
import type { Finding } from './finding.js';
import type { CheckFlags } from './flags.js';
import { placeOfFailure } from './place.js';

export interface CheckedConfig {
  /** Undefined where it cannot be used. */
  readonly config: ResolvedConfig | undefined;
  readonly namespace: string;
  readonly findings: readonly Finding[];
}

export async function settingsFindings(flags: CheckFlags): Promise<CheckedConfig> {
  const findings: Finding[] = [];
  const found = (error: unknown): void => {
    if (!isProcessorError(error)) throw error;
    findings.push({ level: 'error', error, place: placeOfFailure(error, process.cwd()) });
  };
  let config: ResolvedConfig | undefined;
  try {
    config = await loadConfig(flags, process.env, 'check');
  } catch (error) {
    found(error);
  }
  if (config !== undefined) for (const error of await refusals(config)) found(error);
  return { config: findings.length === 0 ? config : undefined, namespace: config?.namespace ?? '', findings };
}

/** The client is asked last, and only about settings that may be given: it stops at the first. */
async function refusals({ brokers = 'localhost:9092', settings }: ResolvedConfig): Promise<readonly unknown[]> {
  const refused = [
    ...thrownBy(() => checkBrokers(brokers)),
    ...Object.entries(settings).flatMap(([name, value]) => thrownBy(() => checkSettings({ [name]: value }))),
  ];
  if (refused.length > 0) return [...refused, ...thrownBy(() => checkLogin(brokers, settings))];
  return isEmpty(settings)
    ? []
    : probeSettings(brokers, settings).then(
        () => [],
        (error: unknown) => [error],
      );
}

function thrownBy(call: () => void): unknown[] {
  try {
    call();
    return [];
  } catch (error) {
    return [error];
  }
}

function isEmpty(settings: ClientSettings): boolean {
  return Object.keys(settings).length === 0;
}

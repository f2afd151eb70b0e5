// What the process ends with. The codes are part of the command line's interface: scripts and orchestrators read them.

import { type ErrorCode, isProcessorError } from '../errors/processor-error.js';

export const exitCodes = {
  ok: 0,
  /** Anything that is none of the others: a processor that cannot go on, a record that cannot be sent. */
  error: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** What is configured or written is wrong: environment, settings, modules, topics. Nothing was started. */
  config: 3,
  /** Kafka or the schema registry does not answer. */
  unreachable: 4,
  /** Ended by force: a third signal, or a stop that took too long. */
  forced: 130,
} as const;

/** An end that has been reported already, a worker's or one of many findings: all that is left of it is its exit code. */
export class ReportedEnd extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`it ended with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ReportedEnd) return error.exitCode;
  if (!isProcessorError(error)) return exitCodes.error;
  const { code } = error;
  if (code === 'PRC_USAGE') return exitCodes.usage;
  if (code === 'PRC_STOP_OVERDUE') return exitCodes.forced;
  if (code === 'PRC_BROKER_UNREACHABLE' || code === 'PRC_REGISTRY_UNREACHABLE') return exitCodes.unreachable;
  return configured.has(code) ? exitCodes.config : exitCodes.error;
}

const configured: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  // What authors wrote.
  'PRC_NAME_INVALID',
  'PRC_TOPIC_DEFINED_TWICE',
  'PRC_OPTIONS_MISSING',
  'PRC_OPTION_UNKNOWN',
  'PRC_OPTION_INVALID',
  'PRC_INPUT_TWICE',
  'PRC_OUTPUT_TWICE',
  'PRC_OUTPUT_NAME_INVALID',
  'PRC_HANDLER_MISSING',
  'PRC_HANDLER_WITHOUT_INPUT',
  'PRC_DEAD_LETTER_LOOP',
  'PRC_OUTPUT_LOOP',
  'PRC_TOPOLOGY_INVALID',
  'PRC_DURATION_INVALID',
  'PRC_SCHEMA_ASYNC',
  'PRC_SCHEMA_NOT_STANDARD',
  'PRC_SCHEMA_INVALID',
  'PRC_MODULES_NONE',
  'PRC_MODULE_MISSING',
  'PRC_MODULE_UNREADABLE',
  'PRC_MODULE_FAILED',
  'PRC_MODULE_WITHOUT_PROCESSOR',
  'PRC_MODULES_UNWRITABLE',
  'PRC_PROCESSOR_UNKNOWN',
  'PRC_PROCESSOR_DEFINED_TWICE',
  'PRC_INIT_NAME_INVALID',
  'PRC_INIT_FOLDER_IN_USE',
  'PRC_INIT_FILE_EXISTS',
  'PRC_INIT_FOLDER_UNUSABLE',
  // What the environment and the flags say.
  'PRC_BROKERS_MISSING',
  'PRC_BROKERS_INVALID',
  'PRC_SETTING_REFUSED',
  'PRC_SETTING_INVALID',
  'PRC_TLS_REFUSED',
  'PRC_LOGIN_REFUSED',
  'PRC_LOGIN_IN_THE_CLEAR',
  'PRC_SECRET_ON_COMMAND_LINE',
  'PRC_CONFIG_MISSING',
  'PRC_CONFIG_WITHOUT_DEFAULT',
  'PRC_PROFILE_UNKNOWN',
  'PRC_SECRET_IN_CONFIG',
  'PRC_VARIABLE_SET_TWICE',
  'PRC_SECRET_UNREADABLE',
  'PRC_LOG_LEVEL_INVALID',
  'PRC_MEMORY_MAX_LOW',
  'PRC_HTTP_UNAVAILABLE',
  'PRC_DEV_RUNNING',
  'PRC_CLIENT_MISSING',
  'PRC_REGISTRY_MISSING',
  'PRC_REGISTRY_URL_INVALID',
  // What has to be there.
  'PRC_EMBEDDED_JAVA_MISSING',
  'PRC_EMBEDDED_JAVA_TOO_OLD',
  'PRC_EMBEDDED_JARS_MISSING',
  'PRC_EMBEDDED_DATA_IN_USE',
  'PRC_TOPICS_MISSING',
  'PRC_TOPIC_UNKNOWN',
  'PRC_PARTITION_UNKNOWN',
  'PRC_SCHEMA_NOT_REGISTERED',
  'PRC_SCHEMA_INCOMPATIBLE',
  'PRC_SCHEMA_REFUSED',
  'PRC_SCHEMA_CHECK_FAILED',
  'PRC_SUBJECT_UNKNOWN',
  'PRC_SCHEMA_FILE_UNREADABLE',
  'PRC_OUT_NOT_WRITTEN',
  'PRC_TEST_RECORDS_MISSING',
  'PRC_TEST_RECORD_INVALID',
]);

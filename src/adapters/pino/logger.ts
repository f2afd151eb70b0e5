// The log of a running process: one JSON object per line on standard output, for people readable lines on a terminal.
// Written at once, so that nothing is left to flush when the process ends, however it does.

import pino, { type Logger } from 'pino';
import { ProcessorError } from '../../errors/processor-error.js';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** As in LOG_LEVEL. Default `info`. */
  readonly level?: string | undefined;
  /** Readable lines instead of JSON. */
  readonly pretty: boolean;
  /** On every line. Default: none. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** @throws PRC_LOG_LEVEL_INVALID */
export async function openLogger({ level = 'info', pretty, fields }: LoggerOptions): Promise<Logger> {
  if (!levels.has(level)) throw new ProcessorError('PRC_LOG_LEVEL_INVALID', { level });
  const stream = pretty ? await prettyStream() : pino.destination({ fd: 1, sync: true });
  return pino(
    {
      level,
      base: fields ?? null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // The word, not pino's number: that is what people and log stores search for.
      formatters: { level: (label) => ({ level: label }) },
      // Errors come as the fields that are wanted of them.
      serializers: { err: (error: unknown) => error },
    },
    stream,
  );
}

const levels: ReadonlySet<string> = new Set([...Object.keys(pino.levels.values), 'silent']);

async function prettyStream(): Promise<pino.DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    colorize: process.env['NO_COLOR'] ? false : pretty.isColorSupported,
  });
}

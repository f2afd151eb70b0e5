// One error, one report on standard error: code, what happened, what to do, and where in the user's own code it came from.

import { styleText } from 'node:util';
import { isProcessorError, ProcessorError } from '../errors/processor-error.js';
import { KafkaError } from '../ports/kafka.js';
import { innermost, ownFrames } from './own-frames.js';

export type ErrorFormat = 'text' | 'json';

/** The error that is reported for whatever was thrown: what Kafka refused a tool has no code of ours yet. */
export function reportable(error: unknown): unknown {
  if (!(error instanceof KafkaError)) return error;
  return new ProcessorError('PRC_KAFKA_CALL_FAILED', { reason: error.message }, { cause: error });
}

export function reportError(error: unknown, format: ErrorFormat): void {
  process.stderr.write(`${format === 'json' ? jsonOf(error) : textOf(error, process.stderr)}\n`);
}

/** For people; in colour where `stream` takes it. */
export function textOf(error: unknown, stream: NodeJS.WriteStream): string {
  // One format a call: Node 20 ignores NO_COLOR for several at once.
  const style = (format: 'bold' | 'cyan' | 'dim' | 'red', text: string): string =>
    stream.isTTY ? styleText(format, text, { stream }) : text;
  // An error of ours that nobody foresaw: its stack is all there is.
  if (!isProcessorError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [
    `${style('bold', style('red', error.code))} ${error.message}`,
    labelled(style('cyan', 'fix  '), error.hint),
  ];
  const frames = ownFrames(innermost(error));
  if (frames.length > 0) lines.push(labelled(style('dim', 'at   '), frames.join('\n')));
  // Of a mistyped command line all is said.
  if (error.code !== 'PRC_USAGE') lines.push(labelled(style('dim', 'more '), `npx processor explain ${error.code}`));
  return lines.join('\n');
}

/** For programs: one line. */
export function jsonOf(error: unknown): string {
  if (!isProcessorError(error)) return JSON.stringify({ error: { message: String(error) } });
  const { code, message, hint, details } = error;
  return JSON.stringify({ error: { code, message, hint, details, at: ownFrames(innermost(error)) } });
}

function labelled(label: string, text: string): string {
  return text
    .split('\n')
    .map((line, i) => `  ${i === 0 ? label : '     '} ${line}`)
    .join('\n');
}

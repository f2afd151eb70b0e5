// What the codecs say about a value that they cannot write.

import { inspect } from 'node:util';
import { ProcessorError } from '../errors/processor-error.js';

export function unwritable(format: string, value: unknown, problem: string, cause?: unknown): ProcessorError {
  return new ProcessorError('PRC_VALUE_UNWRITABLE', { format, value: shown(value), problem }, { cause });
}

/** Short enough for a log line, whatever it is. */
function shown(value: unknown): string {
  const text = inspect(value, {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 3,
    maxStringLength: 40,
  });
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

// An error as the fields of a log line, by the names that pino's tools know. The causes' messages are in its own already, and
// of all the stacks the innermost tells where it happened.

import { innermost, ownFrames } from './own-frames.js';

export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: unknown;
  readonly stack: string;
}

export function errorFields(error: unknown): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: String(error) };
  const inner = innermost(error) as Error & { readonly code?: unknown };
  const code = 'code' in error ? error.code : inner.code;
  const stack = [`${inner.name}: ${inner.message}`, ...ownFrames(inner).map((frame) => `    at ${frame}`)].join('\n');
  return { type: inner.name, message: error.message, ...(code === undefined ? {} : { code }), stack };
}

// The one class of every error that a user of `processor` sees. What it says lives in the catalogue; a test holds the
// catalogue against docs/errors.md.

import { type Catalogue, catalogue } from './catalogue.js';

export type ErrorCode = keyof Catalogue;

/** The `{names}` in a text of the catalogue, each of which must be given when the error is made. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type Details<Code extends ErrorCode> = {
  readonly [_ in Names<Catalogue[Code]['message']> | Names<Catalogue[Code]['hint']>]: string | number;
};

/**
 * An error with a code that is stable across versions, a message that says what happened, a `hint` that says what to do
 * and, where another error is behind it, that error as `cause`.
 */
export class ProcessorError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'ProcessorError';
  readonly code: Code;
  readonly hint: string;
  readonly details: Details<Code>;

  /** @param options `hint`: what to do, where whoever makes the error knows it better than the catalogue can */
  constructor(code: Code, details: Details<Code>, options?: { readonly cause?: unknown; readonly hint?: string }) {
    const { message, hint } = catalogue[code];
    super(fill(message, details), options);
    this.code = code;
    this.hint = options?.hint ?? fill(hint, details);
    this.details = details;
  }
}

/** Whether a value is a `ProcessorError`, also one that another copy of this package made. */
export function isProcessorError(value: unknown): value is ProcessorError {
  return value instanceof Error && value.name === 'ProcessorError' && 'code' in value && 'hint' in value;
}

function fill(text: string, details: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? `{${name}}`));
}

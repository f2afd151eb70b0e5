// Variables of the environment, each of which may be a file's content instead: `X_FILE` is the path of a file that holds X.

import { readFileSync } from 'node:fs';
import { ProcessorError } from '../../errors/processor-error.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface VariableValue {
  readonly value: string;
  /** The variable that says it: `X`, or `X_FILE`. */
  readonly variable: string;
}

/**
 * Undefined where it is not set; an empty variable is not set.
 * @throws PRC_VARIABLE_SET_TWICE, PRC_SECRET_UNREADABLE
 */
export function readVariable(environment: Environment, variable: string): VariableValue | undefined {
  const value = environment[variable] || undefined;
  const fileVariable = `${variable}_FILE`;
  const path = environment[fileVariable] || undefined;
  if (path === undefined) return value === undefined ? undefined : { value, variable };
  if (value !== undefined) throw new ProcessorError('PRC_VARIABLE_SET_TWICE', { variable });
  try {
    // Editors and `echo` end a file with a newline, which is not part of what it holds.
    return { value: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), variable: fileVariable };
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new ProcessorError('PRC_SECRET_UNREADABLE', { variable: fileVariable, path, reason }, { cause });
  }
}

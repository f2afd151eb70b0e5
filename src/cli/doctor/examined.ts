// What the doctor says of one thing, how it is printed, and what the command ends with.

import { styleText } from 'node:util';
import { isProcessorError } from '../../errors/processor-error.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { reportable } from '../report-error.js';

export interface Examined {
  readonly subject: string;
  /** `doubtful`: it works, or may work, and not as well as it could. */
  readonly state: 'good' | 'doubtful' | 'bad';
  readonly says: string;
  readonly toDo?: string;
  /** Of the catalogue, where it is one of its errors. */
  readonly code?: string;
  /** What the command ends with where this is bad. */
  readonly exitCode?: number;
}

export function good(subject: string, says: string): Examined {
  return { subject, state: 'good', says };
}

export function doubtful(subject: string, says: string, toDo: string): Examined {
  return { subject, state: 'doubtful', says, toDo };
}

/** What was thrown, as something bad; what nobody foresaw is bad, too, and no reason to stop looking. */
export function bad(subject: string, thrown: unknown): Examined {
  const error = reportable(thrown);
  if (!isProcessorError(error))
    return { subject, state: 'bad', says: error instanceof Error ? error.message : String(error) };
  const { code, message, hint } = error;
  return { subject, state: 'bad', says: message, toDo: hint, code, exitCode: exitCodeOf(error) };
}

/** Runs an examination to its end, whatever happens in it. */
export async function examine(
  subject: string,
  look: () => Examined | readonly Examined[] | Promise<Examined | readonly Examined[]>,
): Promise<readonly Examined[]> {
  try {
    return [await look()].flat();
  } catch (thrown) {
    return [bad(subject, thrown)];
  }
}

export function exitCodeFor(examined: readonly Examined[]): number {
  const codes = examined.filter(({ state }) => state === 'bad').map(({ exitCode }) => exitCode ?? exitCodes.config);
  if (codes.length === 0) return exitCodes.ok;
  return codes.every((code) => code === exitCodes.unreachable) ? exitCodes.unreachable : exitCodes.config;
}

export function textOf(examined: readonly Examined[], stream: NodeJS.WriteStream): string {
  const widest = Math.max(...examined.map(({ subject }) => subject.length));
  return examined
    .map(({ subject, state, says, toDo, code }) => {
      const head = `${mark(state, stream)} ${subject.padEnd(widest)}  ${code === undefined ? '' : `${code} `}${says}`;
      const lines = [
        head,
        ...(toDo === undefined ? [] : toDo.split('\n').map((line) => `${' '.repeat(widest + 4)}${line}`)),
      ];
      return lines.map((line) => `${line}\n`).join('');
    })
    .join('');
}

const marks = { good: '✔', doubtful: '!', bad: '✘' } as const;
const colours = { good: 'green', doubtful: 'yellow', bad: 'red' } as const;

function mark(state: Examined['state'], stream: NodeJS.WriteStream): string {
  return stream.isTTY ? styleText(colours[state], marks[state], { stream }) : marks[state];
}

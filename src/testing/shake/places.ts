// Where in the author's files something was called: the innermost frame of a stack that is neither Node's, nor a package's, nor
// this one's. Stacks are kept as errors and read only where something is found: reading one costs more than a handler.

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Place {
  /** Relative to the current folder. */
  readonly file: string;
  /** From 1, as editors count; so is `column`. */
  readonly line: number;
  readonly column: number;
}

/** Remembers where this was called from. */
export function hereIs(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = framesMax;
  const here = new Error('here');
  Error.stackTraceLimit = stackTraceLimit;
  return here;
}

/** Undefined where nothing of the author's is on the stack. */
export function placeOf(here: Error): Place | undefined {
  for (const line of (here.stack ?? '').split('\n')) {
    const [, given, row, column] =
      /^ {4}at .*?((?:file:\/\/)?\/[^()]*?|[A-Za-z]:\\[^()]*?):(\d+):(\d+)\)?$/.exec(line) ?? [];
    if (given === undefined) continue;
    const file = given.startsWith('file:') ? fileURLToPath(given) : given;
    if (file.includes('/node_modules/') || file.startsWith(ownSources)) continue;
    return { file: relative(process.cwd(), file), line: Number(row), column: Number(column) };
  }
  return undefined;
}

export function placeText(place: Place | undefined): string {
  return place === undefined ? '-' : `${place.file}:${place.line}:${place.column}`;
}

/** What a handler calls may lie deep below it. */
const framesMax = 40;

/** Where the repository runs its own sources they may be compiled below its node_modules, and stacks name the originals. */
const ownSources = `${
  fileURLToPath(import.meta.url)
    .split('/node_modules/.cache/')[0]
    ?.split('/src/testing/')[0]
}/src/`;

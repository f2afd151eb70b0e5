// Of a stack, what helps whoever wrote the processor: the frames in their own files.

import { fileURLToPath } from 'node:url';

/** The frames that are the user's, relative to the current folder: neither Node's, nor of a package, nor of this one. */
export function ownFrames(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const folder = `${process.cwd()}/`;
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) =>
      line
        .slice('    at '.length)
        .replace('file://', '')
        // A handler is a method of an object of options, which has no name that says anything.
        .replace(/^(async )?Object\./, '$1')
        .replace(/^<anonymous> \((.*)\)$/, '$1'),
    )
    .filter((frame) => frame.includes(folder) && !frame.includes('/node_modules/') && !frame.includes(ownSources))
    .map((frame) => frame.replace(folder, ''))
    .slice(0, framesMax);
}

/** The error that the others stand around. */
export function innermost(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner;
}

const framesMax = 5;

/** Where the repository runs its own sources, they are transpiled below its node_modules, and stacks name the originals. */
const ownSources = `${fileURLToPath(import.meta.url).split('/node_modules/.cache/')[0]}/src/`;

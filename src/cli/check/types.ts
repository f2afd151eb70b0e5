// The project's own type check: `tsc --noEmit` of the TypeScript that it has installed, by its tsconfig.json.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessorError } from '../../errors/processor-error.js';
import { compilerOf } from '../installed-typescript.js';
import type { Finding } from './finding.js';

export interface TypeCheck {
  readonly findings: readonly Finding[];
  /** Why nothing was checked; undefined if it was. */
  readonly notChecked: string | undefined;
}

export async function checkTypes(folder: string): Promise<TypeCheck> {
  if (!existsSync(join(folder, 'tsconfig.json'))) return { findings: [], notChecked: 'there is no tsconfig.json' };
  const tsc = compilerOf(folder);
  if (tsc === undefined) return { findings: [], notChecked: 'typescript is not installed here' };
  const { output, code } = await run(folder, [tsc, '--noEmit', '--pretty', 'false', '-p', 'tsconfig.json']);
  const findings = findingsIn(output);
  if (code === 0 || findings.length > 0) return { findings, notChecked: undefined };
  return { findings, notChecked: `tsc ended with ${code}: ${output.trim().split('\n', 1)[0]}` };
}

/** What tsc prints: a line for each error, and indented ones below it that say more. */
export function findingsIn(output: string): readonly Finding[] {
  const heads = [...output.matchAll(/^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.+(?:\n[ \t].*)*)/gm)];
  return heads.map(([, file, line, column, number = '', text = '']) => ({
    level: 'error',
    error: new ProcessorError('PRC_TYPE_MISTAKE', { number, problem: text.trimEnd() }),
    place: {
      file: file ?? 'tsconfig.json',
      line: Number(line ?? 1),
      column: Number(column ?? 1),
    },
  }));
}

function run(
  cwd: string,
  args: readonly string[],
): Promise<{ readonly output: string; readonly code: number | string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: outputBytesMax }, (error, stdout, stderr) => {
      resolve({ output: `${stdout}${stderr}`, code: error === null ? 0 : (error.code ?? error.message) });
    });
  });
}

const outputBytesMax = 64 * 1024 * 1024;

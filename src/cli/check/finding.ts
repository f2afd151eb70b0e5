// What check found: an error of the catalogue, how bad it is, and where it stands. How that is printed, for people and for
// programs.

import { styleText } from 'node:util';
import type { ProcessorError } from '../../errors/processor-error.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import type { Place } from './place.js';
import type { Level } from './remark.js';

export interface Finding {
  readonly level: Level;
  readonly error: ProcessorError;
  /** Undefined for what stands in no file: the environment, the brokers. */
  readonly place: Place | undefined;
}

/** By file and line, what has no place last; the same thing once. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings
    .filter((finding) => {
      const key = JSON.stringify([finding.place, finding.error.code, finding.error.message]);
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => {
      if (a.place === undefined || b.place === undefined)
        return Number(a.place === undefined) - Number(b.place === undefined);
      if (a.place.file !== b.place.file) return a.place.file < b.place.file ? -1 : 1;
      return a.place.line - b.place.line || a.place.column - b.place.column;
    });
}

/** What is configured wrong goes before what did not answer: it is there, and stays there. */
export function exitCodeFor(findings: readonly Finding[], isStrict: boolean): number {
  const failing = findings.filter(({ level }) => level === 'error' || isStrict);
  if (failing.length === 0) return exitCodes.ok;
  const codes = failing.map(({ error }) => exitCodeOf(error));
  return codes.every((code) => code === exitCodes.unreachable) ? exitCodes.unreachable : exitCodes.config;
}

/** `file:line:column  error  PRC_CODE  sentence`, and below it what to do. */
export function textOf(findings: readonly Finding[], stream: NodeJS.WriteStream): string {
  const widest = Math.max(0, ...findings.map(({ place }) => placeText(place).length));
  return findings
    .map(({ place, level, error }) => {
      const { code, hint } = error;
      const head = [
        placeText(place).padEnd(widest),
        coloured(level, stream),
        code,
        sentenceOf(error).replaceAll('\n', '\n    '),
      ].join('  ');
      return `${head}\n${indented(hint)}\n`;
    })
    .join('');
}

export function jsonOf({ level, error, place }: Finding): object {
  const { code, hint, details } = error;
  return {
    ...(place ?? { file: null, line: null, column: null }),
    level,
    code,
    message: sentenceOf(error),
    hint,
    details,
  };
}

function placeText(place: Place | undefined): string {
  return place === undefined ? '-' : `${place.file}:${place.line}:${place.column}`;
}

/** Without the place where the message begins with it. */
function sentenceOf({ code, message, details }: ProcessorError): string {
  if (code !== 'PRC_MODULE_UNREADABLE') return message;
  return String((details as { readonly problem?: unknown }).problem).split('\n', 1)[0] as string;
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function coloured(level: Level, stream: NodeJS.WriteStream): string {
  const text = level.padEnd('warning'.length);
  return stream.isTTY ? styleText(level === 'error' ? 'red' : 'yellow', text, { stream }) : text;
}

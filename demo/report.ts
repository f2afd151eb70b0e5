// What the demo prints.

import { type Finding, holds } from './proof.js';

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints each figure beside what it must be, with examples of what should not be. Gives back whether all of them hold. */
export function sayFindings(findings: readonly Finding[]): boolean {
  say('');
  say(`  ${'read_committed'.padEnd(14)} ${'found'.padStart(13)} ${'expected'.padStart(13)}`);
  for (const finding of findings) {
    const { name, found, expected, examples } = finding;
    const figures = `${name.padEnd(14)} ${number(found).padStart(13)} ${number(expected).padStart(13)}`;
    say(`${holds(finding) ? '✔' : '✘'} ${figures}${examples.length > 0 ? `   ${examples.join('; ')}` : ''}`);
  }
  say('');
  return findings.every(holds);
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

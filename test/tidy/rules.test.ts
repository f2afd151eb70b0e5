// Every rule of ARCHITECTURE that is built has a test that quotes its number, and no test quotes a rule that is none.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rules = [...readFileSync(`${root}/ARCHITECTURE.md`, 'utf8').matchAll(/^- \*\*(E\d+)\*\* (\*Next\.\*)?/gm)].map(
  ([, number, next]) => ({ number: number as string, isBuilt: next === undefined }),
);
const quoted = new Set(
  readdirSync(`${root}/test`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('tidy'))
    .flatMap((name) => readFileSync(`${root}/test/${name}`, 'utf8').match(/\bE\d{1,2}\b/g) ?? []),
);

test('the rules are numbered without a gap', () => {
  expect(rules.map(({ number }) => number)).toEqual(rules.map((_, i) => `E${i + 1}`));
});

test('each that is built is quoted by a test', () => {
  expect(rules.filter(({ number, isBuilt }) => isBuilt && !quoted.has(number))).toEqual([]);
});

test('what a test quotes is a rule', () => {
  const known = rules.map(({ number }) => number);
  expect([...quoted].filter((number) => !known.includes(number))).toEqual([]);
});

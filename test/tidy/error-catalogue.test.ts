// Every code of the catalogue is explained in docs/errors.md, at the same place, and the page explains no code that is none.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalogue } from '../../src/errors/catalogue.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const codes = Object.keys(catalogue) as (keyof typeof catalogue)[];

/** What the page says about each code, in its order. */
const entries = page
  .split(/^### /m)
  .slice(1)
  .map((entry) => ({
    code: entry.split('\n', 1)[0] ?? '',
    text: (entry.split(/^## /m, 1)[0] ?? '').replace(/^.*\n/, ''),
  }));

test('docs/errors.md has an entry for every code, in the order of the catalogue', () => {
  const explained = entries.map(({ code }) => code);
  const missing = codes.filter((code) => !explained.includes(code));
  expect(missing, `docs/errors.md lacks:\n\n${missing.map(skeleton).join('\n')}`).toEqual([]);
  expect(explained).toEqual(codes);
});

test.for(entries)('$code: the page says in sentences what happened and what to do', ({ text }) => {
  const [, happened = '', what = ''] =
    /^\n\*\*What happened\.\*\* (.+?)\n\n\*\*What to do\.\*\* (.+?)\n*$/s.exec(text) ?? [];
  for (const paragraph of [happened, what]) {
    expect(paragraph.split(' ').length, `this is no explanation: '${paragraph}'`).toBeGreaterThanOrEqual(5);
    expect(paragraph).toMatch(/[.:)`]$/);
    expect(paragraph).not.toContain('…?');
  }
});

test('every message and hint is a sentence of its own that names what it fills in', () => {
  for (const [code, { message, hint }] of Object.entries(catalogue)) {
    expect(message.trim(), code).toBe(message);
    expect(hint.length, code).toBeGreaterThan(5);
    // What stands in braces is a name of a detail and nothing else, or it would be printed as it is.
    for (const [, name] of `${message}${hint}`.matchAll(/\{([^}]*)\}/g)) expect(name, code).toMatch(/^\w+$/);
  }
});

/** What to put into the page. The test refuses it until the questions are answered. */
function skeleton(code: keyof typeof catalogue): string {
  const before = codes[codes.indexOf(code) - 1];
  const { message, hint } = catalogue[code];
  return [
    before === undefined ? '(first of all)' : `(behind ${before})`,
    `### ${code}\n`,
    `**What happened.** …? ${message}\n`,
    `**What to do.** …? ${hint}\n`,
  ].join('\n');
}

// What a command shows again and again, on a terminal and elsewhere.

import { expect, test } from 'vitest';
import { Screen } from '../../../src/cli/status/screen.js';

function output(terminal: { rows: number; columns: number } | undefined) {
  const written: string[] = [];
  return { written, isTTY: terminal !== undefined, ...terminal, write: (text: string) => written.push(text) };
}

test('a terminal is cleared once, and then written over line by line', () => {
  const terminal = output({ rows: 24, columns: 80 });
  const screen = new Screen(terminal, {});
  screen.show('one\ntwo\n');
  screen.show('three\n');
  expect(terminal.written).toEqual([
    '\u001b[2J\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J',
    '\u001b[Hthree\u001b[K\n\u001b[J',
  ]);
});

test('what does not fit is cut, so that nothing wraps or scrolls', () => {
  const terminal = output({ rows: 4, columns: 5 });
  new Screen(terminal, {}).show('one\n1234567\nthree\nfour\n');
  expect(terminal.written).toEqual(['\u001b[2J\u001b[Hone\u001b[K\n1234…\u001b[K\n… 2 …\u001b[K\n\u001b[J']);
});

test('elsewhere, and on a terminal that knows no positions, there is one block after the other', () => {
  for (const [where, environment] of [
    [output(undefined), {}],
    [output({ rows: 24, columns: 80 }), { TERM: 'dumb' }],
  ] as const) {
    const screen = new Screen(where, environment);
    screen.show('one\n');
    screen.show('two\n');
    expect(where.written.join('')).toBe('one\n\ntwo\n');
  }
});

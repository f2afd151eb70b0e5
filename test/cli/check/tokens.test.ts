import { expect, test } from 'vitest';
import { closing, tokensOf } from '../../../src/cli/check/tokens.js';

const words = (code: string): string =>
  tokensOf(code)
    .map(({ text }) => text)
    .join(' ');

test('names, numbers and operators are tokens, with their places', () => {
  expect(tokensOf('a2 += $b')).toEqual([
    { text: 'a2', at: 0 },
    { text: '+=', at: 3 },
    { text: '$b', at: 6 },
  ]);
  expect(words('x ??= y?.z ?? 1.5e3; i++; (a) => a')).toBe('x ??= y ?. z ?? 1.5e3 ; i ++ ; ( a ) => a');
});

test('what is inside of texts and comments is nobody’s name', () => {
  expect(words(`say("Date.now()", 'it\\'s'); // Date.now()\n/* Math.random() */ end`)).toBe("say ( '' , '' ) ; end");
});

test('what a template fills in is code, however deep', () => {
  expect(words('`a ${b} ${`${c}` + "}"} {d}` + e')).toBe("'' b '' c + '' + e");
  expect(words('`${ { a: [1] }.a }` ; f')).toBe("'' { a : [ 1 ] } . a ; f");
});

test('a slash divides behind a value, and begins a regular expression elsewhere', () => {
  expect(words('a / b / c')).toBe('a / b / c');
  expect(words('(a) / (b)')).toBe('( a ) / ( b )');
  expect(words('x.replace(/["\'/]+[/"]/g, y)')).toBe("x . replace ( '' g , y )");
  expect(words('return /`/.test(z)')).toBe("return '' . test ( z )");
});

test('a bracket is closed by its own', () => {
  const tokens = tokensOf('f(a[1], { b: (c) }) + g()');
  expect(tokens[closing(tokens, 1)]?.at).toBe('f(a[1], { b: (c) }'.length);
});

test('text that never ends, ends with the code', () => {
  for (const code of ['"a', '`a ${b', '/* a', '/a', 'f(']) expect(() => tokensOf(code)).not.toThrow();
});

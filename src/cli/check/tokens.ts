// JavaScript as a row of tokens, as far as a few rules need it: names, operators and where they stand. What is inside of texts
// and comments is left out, what a template fills in is not. Pure. It is no parser: whoever uses it looks for what is hard to
// take for anything else.

export interface Token {
  /** A name, a number, an operator, or `''` for any text. */
  readonly text: string;
  /** Where it begins. */
  readonly at: number;
}

export function tokensOf(code: string): readonly Token[] {
  const tokens: Token[] = [];
  read(code, 0, tokens, false);
  return tokens;
}

/** The index of the bracket that closes the one at `open`; the last token where none does. */
export function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    const text = (tokens[i] as Token).text;
    if (opening.has(text)) depth++;
    else if (closings.has(text) && --depth === 0) return i;
  }
  return tokens.length - 1;
}

export const opening: ReadonlySet<string> = new Set(['(', '[', '{']);
export const closings: ReadonlySet<string> = new Set([')', ']', '}']);

export function isIdentifier(text: string): boolean {
  return /^[\p{ID_Start}_$]/u.test(text);
}

/** Reads on from `from`; inside of a template only as far as the brace that ends what it fills in. Returns where it stopped. */
function read(code: string, from: number, tokens: Token[], isFilling: boolean): number {
  let depth = 0;
  let at = from;
  while (at < code.length) {
    const rest = code.slice(at, at + longestRest);
    const skipped = /^(?:\s+|\/\/[^\n]*)/.exec(rest)?.[0];
    if (skipped !== undefined) at += skipped.length;
    else if (rest.startsWith('/*')) at = after(code, '*/', at + 2);
    else if (rest[0] === "'" || rest[0] === '"') at = endOfText(code, at, tokens);
    else if (rest[0] === '`') at = template(code, at, tokens);
    else if (rest[0] === '/' && isRegularExpression(tokens)) at = endOfRegularExpression(code, at, tokens);
    else {
      const text = word.exec(rest)?.[0] ?? operators.find((one) => rest.startsWith(one)) ?? rest.charAt(0);
      if (text === '{') depth++;
      if (text === '}' && depth-- === 0 && isFilling) return at + 1;
      tokens.push({ text, at });
      at += text.length;
    }
  }
  return at;
}

function endOfText(code: string, from: number, tokens: Token[]): number {
  tokens.push({ text: "''", at: from });
  let at = from + 1;
  while (at < code.length && code[at] !== code[from]) at += code[at] === '\\' ? 2 : 1;
  return at + 1;
}

function template(code: string, from: number, tokens: Token[]): number {
  tokens.push({ text: "''", at: from });
  let at = from + 1;
  while (at < code.length && code[at] !== '`') {
    if (code.startsWith('${', at)) at = read(code, at + 2, tokens, true);
    else at += code[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

function endOfRegularExpression(code: string, from: number, tokens: Token[]): number {
  tokens.push({ text: "''", at: from });
  let isInClass = false;
  let at = from + 1;
  for (; at < code.length && (isInClass || code[at] !== '/'); at++) {
    if (code[at] === '\\') at++;
    else if (code[at] === '[') isInClass = true;
    else if (code[at] === ']') isInClass = false;
  }
  return at + 1;
}

/** A slash behind a value divides; behind anything else it begins a regular expression. */
function isRegularExpression(tokens: readonly Token[]): boolean {
  const before = tokens.at(-1)?.text;
  if (before === undefined || beforeExpressions.has(before)) return true;
  return !(
    before === ')' ||
    before === ']' ||
    before === '}' ||
    before === "''" ||
    /^[\p{ID_Start}_$\d]/u.test(before)
  );
}

function after(code: string, end: string, from: number): number {
  const found = code.indexOf(end, from);
  return found < 0 ? code.length : found + end.length;
}

const word = /^(?:[\p{ID_Start}_$#][\p{ID_Continue}$]*|\d[\w.]*)/u;
const beforeExpressions: ReadonlySet<string> = new Set([
  'return',
  'typeof',
  'case',
  'await',
  'yield',
  'void',
  'in',
  'of',
]);
/** Longer ones first. */
const operators =
  '>>>= ... === !== **= <<= >>= >>> &&= ||= ??= => == != <= >= ++ -- += -= *= /= %= &= |= ^= && || ?? ?. ** << >>'.split(
    ' ',
  );
/** No name or run of spaces that matters is longer; a longer one is read in parts. */
const longestRest = 256;

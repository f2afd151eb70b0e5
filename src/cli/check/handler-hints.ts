// What in a handler's text is likely to be no good idea where records can be handled again: read from its tokens, and only what
// is hard to take for anything else. What other functions do is not seen. Pure.

import { closing, closings, isIdentifier, opening, type Token, tokensOf } from './tokens.js';

/** Where it stands in the text, and what it is about, as the author wrote it. */
export interface Hint {
  readonly kind: 'unrepeatable' | 'outliving' | 'not-awaited';
  readonly what: string;
  readonly at: number;
}

/**
 * @param code of a handler, with its parameters
 * @param outliving the variables of its module
 */
export function hintsIn(code: string, outliving: ReadonlySet<string>): readonly Hint[] {
  const tokens = tokensOf(code);
  return [...unrepeatable(tokens), ...outlivingChanged(tokens, outliving), ...notAwaited(tokens)].sort(
    (a, b) => a.at - b.at,
  );
}

/** The variables at the top level of a bundled module, where each stands on a line of its own. */
export function variablesOf(code: string): ReadonlySet<string> {
  return new Set(
    [...code.matchAll(/^(?:var|let|const) ([\p{ID_Start}_$][\p{ID_Continue}$]*)/gmu)].map(([, name]) => name as string),
  );
}

/** The time or chance that goes out with a record, by itself or by way of a variable. What is only measured or logged is none. */
function unrepeatable(tokens: readonly Token[]): Hint[] {
  const sources = tokens.flatMap((_, i) => sourceAt(tokens, i));
  const sent = tokens.flatMap((_, i) => (isOutput(tokens, i) ? [{ from: i + 3, to: closing(tokens, i + 3) }] : []));
  const names = new Map<string, Source>();
  // A variable is made of what stands on its right: of others, too, which were made before it.
  for (const { name, from, to } of assignments(tokens)) {
    if (isAwaited(tokens, from, to)) continue;
    const source = sources.find(({ index }) => index >= from && index < to) ?? namesIn(tokens, from, to, names)[0];
    if (source !== undefined) names.set(name, source);
  }
  const found = sent
    .filter(({ from, to }) => !isAwaited(tokens, from, to))
    .flatMap(({ from, to }) => [
      ...sources.filter(({ index }) => index > from && index < to),
      ...namesIn(tokens, from, to, names),
    ]);
  return [...new Set(found)].map(({ what, index }) => ({ kind: 'unrepeatable', what, at: placeAt(tokens, index) }));
}

/** What is awaited is somebody else's answer, and the time may be no more than how long to wait for it. */
function isAwaited(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens.slice(from, to).some(({ text }) => text === 'await');
}

interface Source {
  readonly what: string;
  readonly index: number;
}

function sourceAt(tokens: readonly Token[], i: number): Source[] {
  if (isMember(tokens, i)) return [];
  const what = sourceTexts.find(({ row }) => row.every((text, j) => tokens[i + j]?.text === text))?.what;
  return what === undefined ? [] : [{ what, index: i }];
}

const sourceTexts = [
  { row: ['Date', '.', 'now', '('], what: 'Date.now()' },
  { row: ['new', 'Date', '(', ')'], what: 'new Date()' },
  { row: ['Math', '.', 'random', '('], what: 'Math.random()' },
  { row: ['randomUUID', '('], what: 'randomUUID()' },
  { row: ['crypto', '.', 'randomUUID', '('], what: 'crypto.randomUUID()' },
] as const;

/** `out.enriched(`, `context.out.enriched(` */
function isOutput(tokens: readonly Token[], i: number): boolean {
  const [out, dot, name, open] = tokens.slice(i, i + 4);
  return out?.text === 'out' && dot?.text === '.' && isIdentifier(name?.text ?? '') && open?.text === '(';
}

interface Assignment {
  readonly name: string;
  /** Of the tokens on its right. */
  readonly from: number;
  readonly to: number;
}

/** `name = …` */
function assignments(tokens: readonly Token[]): Assignment[] {
  return tokens.flatMap(({ text }, i) => {
    const name = tokens[i - 1]?.text ?? '';
    if (text !== '=' || !isIdentifier(name) || isMember(tokens, i - 1)) return [];
    return [{ name, from: i + 1, to: endOfStatement(tokens, i + 1) }];
  });
}

function endOfStatement(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const text = textAt(tokens, i);
    if (opening.has(text)) depth++;
    else if (closings.has(text) && --depth < 0) return i;
    else if (depth === 0 && (text === ';' || text === ',')) return i;
  }
  return tokens.length;
}

function namesIn(tokens: readonly Token[], from: number, to: number, names: ReadonlyMap<string, Source>): Source[] {
  return tokens.slice(from, to).flatMap(({ text }, i) => {
    const source = names.get(text);
    // `{ at: value }` names a property.
    const isName = source !== undefined && !isMember(tokens, from + i) && tokens[from + i + 1]?.text !== ':';
    return isName ? [source] : [];
  });
}

/** Counters and lists of the module: `seen++`, `total += …`, `ids.push(…)`. A cache (`map.set`) may be meant. */
function outlivingChanged(tokens: readonly Token[], outliving: ReadonlySet<string>): Hint[] {
  const own = declaredIn(tokens);
  const found = new Map<string, Hint>();
  tokens.forEach(({ text }, i) => {
    if (!outliving.has(text) || own.has(text) || isMember(tokens, i) || found.has(text)) return;
    const [next, method, open] = tokens.slice(i + 1, i + 4).map((token) => token.text);
    const isChanged =
      changes.has(next ?? '') ||
      ['++', '--'].includes(tokens[i - 1]?.text ?? '') ||
      (next === '.' && (method === 'push' || method === 'unshift') && open === '(');
    if (isChanged) found.set(text, { kind: 'outliving', what: text, at: placeAt(tokens, i) });
  });
  return [...found.values()];
}

const changes: ReadonlySet<string> = new Set(['++', '--', '+=', '-=', '*=']);

/** Parameters, and what the handler declares: such a name is its own. */
function declaredIn(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>();
  const parameters = tokens.findIndex(({ text }) => text === '(');
  for (let i = parameters; i >= 0 && i < closing(tokens, parameters); i++) names.add(textAt(tokens, i));
  tokens.forEach(({ text }, i) => {
    if (text !== 'let' && text !== 'const' && text !== 'var') return;
    for (let j = i + 1; j < tokens.length && !['=', ';', 'of', 'in'].includes(textAt(tokens, j)); j++)
      names.add(textAt(tokens, j));
  });
  return names;
}

/** What goes on when the handler has returned. */
function notAwaited(tokens: readonly Token[]): Hint[] {
  return tokens.flatMap(({ text }, i): Hint[] => {
    const next = tokens[i + 1]?.text;
    const hint = (what: string, index = i): Hint[] => [{ kind: 'not-awaited', what, at: placeAt(tokens, index) }];
    if (text === 'forEach' && isMember(tokens, i) && next === '(' && tokens[i + 2]?.text === 'async')
      return hint('the calls of forEach(async …)');
    if (timers.has(text) && next === '(' && !isMember(tokens, i) && sendsIn(tokens, i + 1))
      return hint(`what ${text}(…) sends`);
    if (text === 'then' && isMember(tokens, i) && next === '(' && sendsIn(tokens, i + 1) && isAlone(tokens, i))
      return hint('what .then(…) sends');
    return [];
  });
}

const timers: ReadonlySet<string> = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']);

function sendsIn(tokens: readonly Token[], open: number): boolean {
  const end = closing(tokens, open);
  return tokens.some((_, i) => i > open && i < end && isOutput(tokens, i));
}

/** Whether nothing waits for the value of the statement, or keeps it, or hands it over. */
function isAlone(tokens: readonly Token[], index: number): boolean {
  let depth = 0;
  for (let i = index; i >= 0; i--) {
    const text = textAt(tokens, i);
    if (closings.has(text)) depth++;
    else if (opening.has(text)) {
      if (--depth < 0 && text !== '{') return false;
      if (depth < 0) return true;
    } else if (depth === 0 && text === ';') return true;
    else if (depth === 0 && waits.has(text)) return false;
  }
  return true;
}

const waits: ReadonlySet<string> = new Set(['await', 'return', 'yield', '=', '=>', ':', '?', '&&', '||', '??', 'void']);

/** `something.name`, `something?.name` */
function isMember(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1]?.text;
  return before === '.' || before === '?.';
}

function textAt(tokens: readonly Token[], index: number): string {
  return (tokens[index] as Token).text;
}

function placeAt(tokens: readonly Token[], index: number): number {
  return (tokens[index] as Token).at;
}

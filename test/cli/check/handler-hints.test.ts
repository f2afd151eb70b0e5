// What is said about a handler, and, as important, what is not: a hint that is wrong now and then is read by nobody.

import { describe, expect, test } from 'vitest';
import { hintsIn, variablesOf } from '../../../src/cli/check/handler-hints.js';

const outliving = new Set(['seen', 'ids', 'client']);

/** The hints on the body of a handler. */
const hints = (body: string, of = outliving): readonly string[] =>
  hintsIn(`async handle({ key, value, timestamp }, { out, signal }) {\n${body}\n}`, of).map(
    ({ kind, what }) => `${kind}: ${what}`,
  );

describe('sent out, and another value each time:', () => {
  test.for([
    ['out.enriched(key, { ...value, at: Date.now() });', 'Date.now()'],
    ['out.enriched(key, { ...value, at: new Date() });', 'new Date()'],
    ['out.enriched(key, `${Math.random()}`);', 'Math.random()'],
    ['out.enriched(randomUUID(), value);', 'randomUUID()'],
    ['out.enriched(crypto.randomUUID(), value);', 'crypto.randomUUID()'],
    ['context.out.enriched(key, Date.now());', 'Date.now()'],
    ['const at = Date.now();\nout.enriched(key, { ...value, at });', 'Date.now()'],
    [
      'const at = Date.now();\nconst day = dayOf(at);\nconst made = { ...value, day };\nout.enriched(key, made);',
      'Date.now()',
    ],
    ['let id;\nif (value.id) id = value.id; else id = randomUUID();\nout.enriched(id, value);', 'randomUUID()'],
  ] as const)('%s', ([body, what]) => {
    expect(hints(body)).toEqual([`unrepeatable: ${what}`]);
  });

  test.for([
    ['measured and logged', 'const t0 = Date.now();\nout.enriched(key, value);\nlog(`${Date.now() - t0} ms`);'],
    ['the time of the record', 'out.enriched(key, { ...value, at: new Date(timestamp) });'],
    [
      'a property of that name',
      'const at = Date.now(); log(at);\nout.enriched(key, { at: timestamp, day: value.at });',
    ],
    ['somebody’s own clock', 'out.enriched(key, { at: clock.Date.now() });'],
    ['in a comment or text', 'out.enriched(key, "Date.now()" /* Math.random() */);'],
    ['a choice that is not sent', 'if (Math.random() < 0.01) log(key);\nout.enriched(key, value);'],
    [
      'how long to wait for an answer',
      'const until = Date.now() + 1000;\nconst price = await fetchPrice(value, { until });\nout.enriched(key, { ...value, price });',
    ],
    ['the same within the output', 'out.enriched(key, await fetchPrice(value, { until: Date.now() + 1000 }));'],
  ] as const)('not %s', ([, body]) => {
    expect(hints(body)).toEqual([]);
  });

  test('each place once, however often it goes out', () => {
    const body = 'const at = Date.now();\nout.a(key, at);\nout.b(key, at);\nout.c(key, Date.now());';
    expect(hints(body)).toEqual(['unrepeatable: Date.now()', 'unrepeatable: Date.now()']);
  });
});

describe('outliving the record:', () => {
  test.for([
    ['a counter', 'seen++;', 'seen'],
    ['a counter before', '++seen;', 'seen'],
    ['a sum', 'seen += value.cents;', 'seen'],
    ['a list', 'ids.push(key);', 'ids'],
  ] as const)('%s', ([, body, what]) => {
    expect(hints(body)).toEqual([`outliving: ${what}`]);
  });

  test.for([
    ['a client that is made once', 'client ??= connect();\nif (!client) client = connect();'],
    ['a cache', 'ids.set(key, value);'],
    ['what is only read', 'out.a(key, seen + ids.length);'],
    ['a variable of its own of that name', 'let seen = 0;\nseen++;\nconst [, ids] = [1, []];\nids.push(1);'],
    ['a property of that name', 'value.seen++;\nvalue.ids.push(key);'],
    ['a name that is no variable of the module', 'count++;'],
  ] as const)('not %s', ([, body]) => {
    expect(hints(body)).toEqual([]);
  });

  test('not a parameter of that name', () => {
    expect(hintsIn('({ seen, ids }, { out }) => { seen++; ids.push(seen); }', outliving)).toEqual([]);
  });

  test('the variables of a module are those at the beginning of a line', () => {
    const module = 'var seen = 0;\nlet ids = [];\nfunction f() {\n  var own = 1;\n}\nvar a_default = processor({';
    expect([...variablesOf(module)]).toEqual(['seen', 'ids', 'a_default']);
  });
});

describe('not waited for:', () => {
  test.for([
    ['value.items.forEach(async (item) => { out.a(key, await price(item)); });', 'the calls of forEach(async …)'],
    ['setTimeout(() => out.a(key, value), 100);', 'what setTimeout(…) sends'],
    ['fetchPrice(value).then((price) => { out.a(key, price); });', 'what .then(…) sends'],
    ['if (value.sku) {\n  fetchPrice(value).then((price) => out.a(key, price));\n}', 'what .then(…) sends'],
  ] as const)('%s', ([body, what]) => {
    expect(hints(body)).toEqual([`not-awaited: ${what}`]);
  });

  test.for([
    'await fetchPrice(value).then((price) => out.a(key, price));',
    'return fetchPrice(value).then((price) => out.a(key, price));',
    'const sent = fetchPrice(value).then((price) => out.a(key, price));\nawait sent;',
    'await Promise.all(value.items.map((item) => fetchPrice(item).then((price) => out.a(key, price))));',
    'await Promise.all([fetchPrice(value).then((price) => out.a(key, price))]);',
    'await new Promise((resolve) => setTimeout(resolve, 100));\nout.a(key, value);',
    'value.items.forEach((item) => out.a(key, item));',
    'fetchPrice(value).then(log);',
  ])('not %s', (body) => {
    expect(hints(body)).toEqual([]);
  });
});

test('hints come in the order of the text, each with its place', () => {
  const code = '(order, { out }) => { seen++; out.a(order.key, Math.random()); }';
  expect(hintsIn(code, outliving)).toEqual([
    { kind: 'outliving', what: 'seen', at: code.indexOf('seen') },
    { kind: 'unrepeatable', what: 'Math.random()', at: code.indexOf('Math') },
  ]);
});

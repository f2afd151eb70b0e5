// What the compiler says to an author's mistakes. The texts are a snapshot, so that whoever changes the types reads what
// becomes of them: each should begin or end with one sentence that names the mistake.

import { beforeAll, describe, expect, test } from 'vitest';
import { type Compilation, compile } from './compiler.js';

const topics = `
  import { z } from 'zod';
  import { avro, bytes, json, nullable, text, topic } from '../../src/index.js';
  export const Order = z.object({ id: z.string(), cents: z.number() });
  export const orders = topic('orders', { key: text(), value: json(Order) });
  export const payments = topic('payments', { key: text(), value: bytes() });
  export const customers = topic('customers', { key: text(), value: nullable(json(Order)) });
  export const audit = topic('order-audit', { key: text(), value: json(z.object({ at: z.number() })) });
  export const enriched = topic('enriched-orders', { key: text(), value: avro({ type: 'record', name: 'Enriched', fields: [
    { name: 'unitCents', type: 'double' }, { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['gift', 'own'] } } ] }) });
`;

const refused = {
  // ── what a handler emits ──
  'a value of another type': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (order, { out }) => out.audit(order.key, { at: 'now' }) })`,
  'a value with a part missing': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (order, { out }) => out.audit(order.key, {}) })`,
  'a value with a part that the schema does not have': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (order, { out }) => out.audit(order.key, { at: 1, by: 'me' }) })`,
  'a symbol that an Avro enum does not have': `processor({ name: 'p', input: orders, outputs: { enriched },
    handle: (order, { out }) => out.enriched(order.key, { unitCents: 1, kind: 'gif' }) })`,
  'a key of another type': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (_, { out }) => out.audit(42, { at: 1 }) })`,
  'null where the codec is not nullable': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (order, { out }) => out.audit(order.key, null) })`,
  'an output that was not declared': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (order, { out }) => out.enriched(order.key, {}) })`,
  'a header that is neither a text nor bytes': `processor({ name: 'p', input: orders, outputs: { audit },
    handle: (order, { out }) => out.audit(order.key, { at: 1 }, { headers: { attempt: 1 } }) })`,
  'a returned value': `processor({ name: 'p', input: orders, handle: (order) => order.value.cents })`,
  'a returned value of an asynchronous handler': `processor({ name: 'p', input: orders, async handle(order) { return order.value.cents; } })`,
  'a returned value of one of several handlers': `processor({ name: 'p', input: { orders, payments },
    handle: { orders: (order) => order.value.cents, payments() {} } })`,

  // ── what a handler reads ──
  'a part that the record does not have': `processor({ name: 'p', input: orders, handle(order) { void order.valeu; } })`,
  'a part that the value does not have': `processor({ name: 'p', input: orders, handle(order) { void order.value.cent; } })`,
  'a value that may be null': `processor({ name: 'p', input: customers, handle(customer) { void customer.value.cents; } })`,
  'a change of the record': `processor({ name: 'p', input: orders, handle(order) { order.offset = 0; } })`,
  'a batch taken for a record': `batchProcessor({ name: 'p', input: orders, handle(batch) { void batch.value; } })`,

  // ── what a processor is made of ──
  'no name': `processor({ input: orders, handle() {} })`,
  'no handler': `processor({ name: 'p', input: orders })`,
  'a misspelt option': `processor({ name: 'p', input: orders, guarantees: 'exactly-once', handle() {} })`,
  'a misspelt guarantee': `processor({ name: 'p', input: orders, guarantee: 'exactly_once', handle() {} })`,
  'an input that is no topic': `processor({ name: 'p', input: text(), handle() {} })`,
  'an output that is no topic': `processor({ name: 'p', input: orders, outputs: { audit: 'order-audit' }, handle() {} })`,
  'an output without a name': `processor({ name: 'p', input: orders, outputs: audit, handle() {} })`,
  'an input without a handler': `processor({ name: 'p', input: { orders, payments }, handle: { orders() {} } })`,
  'a handler without an input': `processor({ name: 'p', input: { orders }, handle: { orders() {}, payments() {} } })`,
  'one handler for several inputs': `processor({ name: 'p', input: { orders, payments }, handle() {} })`,
  'a retry of what cannot be run again': `processor({ name: 'p', input: orders, handle() {},
    onError: { decode: retry({ times: 3, backoff: '1s', otherwise: skip() }) } })`,
  'a policy that was not called': `processor({ name: 'p', input: orders, onError: { decode: skip }, handle() {} })`,
  'a retry without an end': `retry({ times: 3, backoff: '1s' })`,
  'a duration in words': `processor({ name: 'p', input: orders, handlerTimeout: '5 minutes', handle() {} })`,

  // ── what a topic is made of ──
  'a topic without a key': `topic('orders', { value: json(Order) })`,
  'a codec that was not called': `topic('orders', { key: text, value: json(Order) })`,
  'a misspelt option of a topic': `topic('orders', { key: text(), value: json(Order), partition: 4 })`,
  'a schema that is none': `json({ id: 'string' })`,
  'a setting that is no text': `topic('orders', { key: text(), value: json(Order), config: { 'retention.ms': -1 } })`,
} as const satisfies Readonly<Record<string, string>>;

const imports = `
  import { batchProcessor, json, processor, retry, skip, text, topic } from '../../src/index.js';
  import { audit, customers, enriched, Order, orders, payments } from './topics.js';
`;

describe('the compiler refuses', () => {
  const mistakes = Object.keys(refused) as (keyof typeof refused)[];
  let compilation: Compilation;

  beforeAll(() => {
    const modules = mistakes.map((mistake) => [mistake, `${imports} export const refused = ${refused[mistake]};`]);
    compilation = compile({ topics, ...(Object.fromEntries(modules) as Record<string, string>) });
  }, 60_000);

  test('nothing of the topics that the mistakes are made with', () => {
    expect(compilation.complaints('topics')).toEqual([]);
  });

  test.each(mistakes)('%s', (mistake) => {
    const complaints = compilation.complaints(mistake);
    expect(complaints).not.toEqual([]);
    expect(complaints.join('\n')).toMatchSnapshot();
  });
});

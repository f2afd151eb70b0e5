// Production sheets for tests, of processors that are written down in full.

import { z } from 'zod';
import { productionSheet, type Sheet, type SheetOptions } from '../../../src/cli/describe/sheet.js';
import { type AnyProcessor } from '../../../src/dsl/processor.js';
import { avro, deadLetter, json, nullable, processor, retry, skip, text, topic } from '../../../src/index.js';

export function sheetOf({ topology }: AnyProcessor, options: Partial<SheetOptions> = {}): Sheet {
  return productionSheet(topology, {
    module: `processors/${topology.name}.ts`,
    namespace: '',
    settings: {},
    ...options,
  });
}

const order = { key: text(), value: json(z.object({ cents: z.int() })) };
const entry = avro({ type: 'record', name: 'Entry', fields: [{ name: 'cents', type: 'long' }] });

const orders = topic('orders', { ...order, partitions: 4, config: { 'retention.ms': '-1' } });
const payments = topic('shop.payments', { key: text(), value: nullable(text()) });
const ledger = topic('ledger', {
  key: text(),
  value: nullable(entry),
  partitions: 1,
  config: { 'cleanup.policy': 'compact' },
});

/** Two inputs, two outputs, every kind of policy. */
export const book: AnyProcessor = processor({
  name: 'book',
  input: { orders, payments },
  outputs: { entries: ledger, audit: topic('audit', order) },
  start: 'refuse',
  handlerTimeout: '2m',
  onError: {
    decode: deadLetter({ topic: 'to-look-at' }),
    handle: retry({ times: 3, backoff: '200ms', otherwise: deadLetter() }),
    encode: skip(),
  },
  handle: { orders() {}, payments() {} },
});

/** Reads what `book` writes, and writes nothing. */
export const count: AnyProcessor = processor({ name: 'count', guarantee: 'at-least-once', input: ledger, handle() {} });

export const push: AnyProcessor = processor({
  name: 'end',
  guarantee: 'at-most-once',
  input: ledger,
  outputs: { shop: topic('shop', order) },
  onError: { handle: retry({ times: 9, backoff: '1s', backoffMax: '5s', otherwise: skip() }) },
  handle() {},
});

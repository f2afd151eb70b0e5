// The demo's proof is only worth something if it finds what can go wrong: each test spoils a good history in one way, and
// the proof must name that way and nothing else.

import { describe, expect, test } from 'vitest';
import { type AuditRecord, type EnrichedRecord, type Finding, type History, holds, prove } from '../../demo/proof.js';
import type { Order } from '../../processors/enrich-orders.js';

const orders: readonly Order[] = [
  { orderId: 1, customerId: 'ann', date: '1997-01-01', quantity: 1, cents: 1177 },
  { orderId: 2, customerId: 'bob', date: '1997-01-01', quantity: 2, cents: 2933 },
  { orderId: 3, customerId: 'ann', date: '1997-01-02', quantity: 3, cents: 0 },
  { orderId: 4, customerId: 'ann', date: '1997-01-02', quantity: 1, cents: 499 },
];

/** What exactly-once makes of the orders: Ann's in partition 0, Bob's in 1. */
function goodHistory(): {
  orders: Order[];
  enriched: EnrichedRecord[];
  audit: AuditRecord[];
  deadLetters: number;
} {
  const place = (order: Order, offset: number) => ({
    partition: order.customerId === 'ann' ? 0 : 1,
    offset,
    key: order.customerId,
  });
  return {
    orders: [...orders],
    enriched: orders.map((order, offset) => ({
      ...place(order, offset),
      value: { ...order, unitCents: order.cents / order.quantity },
    })),
    audit: orders.map((order, offset) => {
      const { partition, key } = place(order, offset);
      return {
        partition,
        offset,
        key,
        value: { orderId: order.orderId, at: Date.parse(order.date), source: `orders/${partition}@${offset}` },
      };
    }),
    deadLetters: 0,
  };
}

/** The names of all that does not hold. */
function broken(history: History): string[] {
  return prove(history)
    .filter((finding) => !holds(finding))
    .map(({ name }) => name);
}

function find(history: History, name: Finding['name']): Finding | undefined {
  return prove(history).find((finding) => finding.name === name);
}

/** Moves the record at `from` behind the one at `to`, as if it had been written then. */
function moved<T extends { readonly offset: number }>(records: readonly T[], from: number, to: number): T[] {
  const rest = records.toSpliced(from, 1);
  return rest.toSpliced(to, 0, records[from] as T).map((record, offset) => ({ ...record, offset }));
}

test('a history where everything happened once holds, in every figure', () => {
  const findings = prove(goodHistory());
  expect(findings.filter((finding) => !holds(finding))).toEqual([]);
  expect(findings.map(({ name, found }) => [name, found])).toEqual([
    ['enriched', 4],
    ['audited', 4],
    ['customers', 2],
    ['CDs', 7],
    ['cents', 4609],
    ['lost', 0],
    ['duplicated', 0],
    ['torn', 0],
    ['reordered', 0],
    ['altered', 0],
    ['dead letters', 0],
  ]);
});

describe('a history is found out when an order', () => {
  test('is lost', () => {
    const history = goodHistory();
    history.enriched.splice(1, 1);
    history.audit.splice(1, 1);
    expect(broken(history)).toEqual(['enriched', 'audited', 'customers', 'CDs', 'cents', 'lost']);
    expect(find(history, 'lost')?.examples).toEqual(['order 2']);
  });

  test('is lost at the very end, and another one is there twice, so that the counts agree', () => {
    const history = goodHistory();
    history.enriched[3] = { ...(history.enriched[2] as EnrichedRecord), offset: 3 };
    history.audit[3] = { ...(history.audit[2] as AuditRecord), offset: 3 };
    expect(broken(history)).toEqual(['CDs', 'cents', 'lost', 'duplicated']);
  });

  test('is duplicated in both outputs', () => {
    const history = goodHistory();
    history.enriched.push({ ...(history.enriched[0] as EnrichedRecord), offset: 9 });
    history.audit.push({ ...(history.audit[0] as AuditRecord), offset: 9 });
    expect(broken(history)).toEqual(['enriched', 'audited', 'CDs', 'cents', 'duplicated']);
    expect(find(history, 'duplicated')).toMatchObject({
      found: 2,
      examples: ['order 1 is enriched at 0@0 and again at 0@9', 'order 1 is audited at 0@0 and again at 0@9'],
    });
  });

  test('is duplicated in the audit trail only', () => {
    const history = goodHistory();
    history.audit.push({ ...(history.audit[2] as AuditRecord), offset: 9 });
    expect(broken(history)).toEqual(['audited', 'duplicated']);
  });

  test('is torn: enriched, but not audited', () => {
    const history = goodHistory();
    history.audit.splice(2, 1);
    expect(broken(history)).toEqual(['audited', 'torn']);
    expect(find(history, 'torn')?.examples).toEqual(['order 3 is enriched only']);
  });

  test('is torn: audited, but not enriched', () => {
    const history = goodHistory();
    history.enriched.splice(2, 1);
    expect(broken(history)).toEqual(['enriched', 'CDs', 'torn']);
    expect(find(history, 'torn')?.examples).toEqual(['order 3 is audited only']);
  });

  test('comes behind a later one of its customer', () => {
    const history = goodHistory();
    const reordered = { ...history, enriched: moved(history.enriched, 2, 3) };
    expect(broken(reordered)).toEqual(['reordered']);
    expect(find(reordered, 'reordered')?.examples).toEqual(['customer ann: order 3 is enriched behind order 4']);
  });

  test('comes behind a later one in the audit trail only', () => {
    const history = goodHistory();
    expect(broken({ ...history, audit: moved(history.audit, 0, 3) })).toEqual(['reordered']);
  });

  test("is in another partition than its customer's others, where no order between them is kept", () => {
    const history = goodHistory();
    history.enriched[3] = { ...(history.enriched[3] as EnrichedRecord), partition: 1 };
    expect(broken(history)).toEqual(['reordered']);
  });

  test.each([{ cents: 1178 }, { quantity: 2 }, { customerId: 'bob' }, { date: '1997-01-02' }, { unitCents: 1 }])(
    'is altered: %o',
    (change) => {
      const history = goodHistory();
      const record = history.enriched[0] as EnrichedRecord;
      history.enriched[0] = { ...record, value: { ...record.value, ...change } };
      expect(broken(history)).toContain('altered');
    },
  );

  test('is audited under another key, time or source', () => {
    for (const change of [
      { key: 'eve' },
      { value: { orderId: 1, at: 0, source: 'orders/0@0' } },
      { value: { orderId: 1, at: Date.parse('1997-01-01'), source: 'orders/1@1' } },
    ]) {
      const history = goodHistory();
      history.audit[0] = { ...(history.audit[0] as AuditRecord), ...change };
      expect(broken(history)).toEqual(['altered']);
    }
  });

  test('came from nowhere', () => {
    const history = goodHistory();
    const value = { orderId: 5, customerId: 'ann', date: '1997-01-03', quantity: 1, cents: 0, unitCents: 0 };
    history.enriched.push({ partition: 0, offset: 9, key: 'ann', value });
    expect(broken(history)).toEqual(['enriched', 'CDs', 'altered']);
  });

  test('went to the dead letters', () => {
    expect(broken({ ...goodHistory(), deadLetters: 1 })).toEqual(['dead letters']);
  });
});

test('orders of different customers may interleave as they like', () => {
  const history = goodHistory();
  expect(broken({ ...history, enriched: moved(history.enriched, 1, 3) })).toEqual([]);
});

test('a few examples are enough', () => {
  const history = goodHistory();
  expect(find({ ...history, enriched: [], audit: [] }, 'lost')).toMatchObject({ found: 4, examples: { length: 3 } });
});

// Whether every order went through exactly once, judged by nothing but the outputs as a read_committed reader finds them and
// the orders that were put in. Pure: its tests hand it histories that are lost, duplicated, reordered, torn or altered.

import type { Order } from '../processors/enrich-orders.js';

/** Where a record of an output stands. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
}

export interface EnrichedRecord extends Place {
  readonly value: Order & { readonly unitCents: number };
}

export interface AuditRecord extends Place {
  readonly value: { readonly orderId: number; readonly at: number; readonly source: string };
}

/** What was put in and what came out. The records of a partition are in offset order. */
export interface History {
  readonly orders: readonly Order[];
  readonly enriched: readonly EnrichedRecord[];
  readonly audit: readonly AuditRecord[];
  readonly deadLetters: number;
}

export interface Finding {
  readonly name: FigureName | AnomalyName;
  readonly expected: number;
  readonly found: number;
  /** For people: a few of those that should not be. */
  readonly examples: readonly string[];
}

export type FigureName = 'enriched' | 'audited' | 'customers' | 'CDs' | 'cents';
export type AnomalyName =
  /** In neither output. */
  | 'lost'
  /** More than once in an output. */
  | 'duplicated'
  /** In one of the outputs only: a transaction that was not all or nothing. */
  | 'torn'
  /** Behind a later order of the same customer, or in another partition than the customer's other orders. */
  | 'reordered'
  /** Not what the processor makes of the order, or of no order at all. */
  | 'altered'
  | 'dead letters';

export function holds({ expected, found }: Finding): boolean {
  return expected === found;
}

/** All figures and all anomalies; the history is exactly-once if each of them holds. */
export function prove(history: History): Finding[] {
  const { orders, enriched, audit, deadLetters } = history;
  const input = totals(orders);
  const output = totals(enriched.map(({ value }) => value));
  const figure = (name: FigureName, expected: number, found: number): Finding => ({
    name,
    expected,
    found,
    examples: [],
  });
  const anomaly = (name: AnomalyName, examples: readonly string[]): Finding => ({
    name,
    expected: 0,
    found: examples.length,
    examples: examples.slice(0, 3),
  });
  return [
    figure('enriched', orders.length, enriched.length),
    figure('audited', orders.length, audit.length),
    figure('customers', input.customers, output.customers),
    figure('CDs', input.quantity, output.quantity),
    figure('cents', input.cents, output.cents),
    anomaly('lost', lost(history)),
    anomaly('duplicated', [...duplicated('enriched', enriched), ...duplicated('audited', audit)]),
    anomaly('torn', torn(history)),
    anomaly('reordered', [...reordered('enriched', enriched), ...reordered('audited', audit)]),
    anomaly('altered', altered(history)),
    { name: 'dead letters', expected: 0, found: deadLetters, examples: [] },
  ];
}

function totals(orders: readonly Order[]): {
  readonly customers: number;
  readonly quantity: number;
  readonly cents: number;
} {
  return {
    customers: new Set(orders.map(({ customerId }) => customerId)).size,
    quantity: orders.reduce((sum, { quantity }) => sum + quantity, 0),
    cents: orders.reduce((sum, { cents }) => sum + cents, 0),
  };
}

function lost({ orders, enriched, audit }: History): string[] {
  const seen = new Set([...idsOf(enriched), ...idsOf(audit)]);
  return orders.filter(({ orderId }) => !seen.has(orderId)).map(({ orderId }) => `order ${orderId}`);
}

function torn({ orders, enriched, audit }: History): string[] {
  const isEnriched = new Set(idsOf(enriched));
  const isAudited = new Set(idsOf(audit));
  return orders
    .filter(({ orderId }) => isEnriched.has(orderId) !== isAudited.has(orderId))
    .map(({ orderId }) => `order ${orderId} is ${isEnriched.has(orderId) ? 'enriched' : 'audited'} only`);
}

function duplicated(what: string, records: readonly (EnrichedRecord | AuditRecord)[]): string[] {
  const first = new Map<number, Place>();
  return records.flatMap((record) => {
    const { orderId } = record.value;
    const before = first.get(orderId);
    if (before) return [`order ${orderId} is ${what} at ${placeOf(before)} and again at ${placeOf(record)}`];
    first.set(orderId, record);
    return [];
  });
}

/** A second copy of an order is a duplicate, not out of order: only steps back to another order count. */
function reordered(what: string, records: readonly (EnrichedRecord | AuditRecord)[]): string[] {
  const last = new Map<string, { readonly orderId: number; readonly place: Place }>();
  const seen = new Set<number>();
  return records.flatMap((record) => {
    const { orderId } = record.value;
    if (seen.has(orderId)) return [];
    seen.add(orderId);
    const before = last.get(record.key);
    last.set(record.key, { orderId, place: record });
    if (before === undefined) return [];
    if (before.place.partition !== record.partition)
      return [
        `customer ${record.key} is ${what} in two partitions, at ${placeOf(before.place)} and ${placeOf(record)}`,
      ];
    if (before.orderId > orderId)
      return [`customer ${record.key}: order ${orderId} is ${what} behind order ${before.orderId}`];
    return [];
  });
}

function altered({ orders, enriched, audit }: History): string[] {
  const byId = new Map(orders.map((order) => [order.orderId, order]));
  const problems: string[] = [];
  for (const { key, value, ...place } of enriched) {
    const order = byId.get(value.orderId);
    const isRight =
      order !== undefined &&
      key === order.customerId &&
      value.customerId === order.customerId &&
      value.date === order.date &&
      value.quantity === order.quantity &&
      value.cents === order.cents &&
      value.unitCents === order.cents / order.quantity;
    if (!isRight) problems.push(`the enriched order ${value.orderId} at ${placeOf(place)}`);
  }
  for (const { key, value, ...place } of audit) {
    const order = byId.get(value.orderId);
    const isRight = order !== undefined && key === order.customerId && value.at === Date.parse(order.date);
    if (!isRight) problems.push(`the audited order ${value.orderId} at ${placeOf(place)}`);
  }
  // Each line of the audit trail names the record it comes from; two of one record would be an order that is audited twice.
  const sources = new Map<string, number>();
  for (const { value } of audit) {
    const other = sources.get(value.source);
    if (other !== undefined && other !== value.orderId)
      problems.push(`orders ${other} and ${value.orderId} are both audited as ${value.source}`);
    sources.set(value.source, value.orderId);
  }
  return problems;
}

function idsOf(records: readonly (EnrichedRecord | AuditRecord)[]): number[] {
  return records.map(({ value }) => value.orderId);
}

function placeOf({ partition, offset }: Pick<Place, 'partition' | 'offset'>): string {
  return `${partition}@${offset}`;
}

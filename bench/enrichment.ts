// What both sides of the benchmark do with a record: the same parse, check, computation and stringify. The check is written
// by hand, because a slow one would hide what the engine costs.

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Order } from '../processors/enrich-orders.js';

export type { Order };
export type Enriched = Order & { readonly unitCents: number };

export function enrich(order: Order): Enriched {
  return {
    orderId: order.orderId,
    customerId: order.customerId,
    date: order.date,
    quantity: order.quantity,
    cents: order.cents,
    unitCents: order.cents / order.quantity,
  };
}

export function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null) return false;
  const { orderId, customerId, date, quantity, cents } = value as Partial<Record<string, unknown>>;
  return (
    Number.isSafeInteger(orderId) &&
    typeof customerId === 'string' &&
    typeof date === 'string' &&
    Number.isSafeInteger(quantity) &&
    (quantity as number) > 0 &&
    Number.isSafeInteger(cents)
  );
}

export function isEnriched(value: unknown): value is Enriched {
  return isOrder(value) && typeof (value as Partial<Enriched>).unitCents === 'number';
}

/** A check as the schema that `json()` takes. */
export function schemaOf<T>(what: string, is: (value: unknown) => value is T): StandardSchemaV1<T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'bench',
      validate: (value) => (is(value) ? { value } : { issues: [{ message: `this is no ${what}` }] }),
    },
  };
}
